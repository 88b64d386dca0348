//! The sequences of all phrases as one tree, walked once for each text.

use std::{
    hash::{Hash, Hasher},
    ops::Range,
};

use rustc_hash::{FxHashMap, FxHasher};

use crate::phrase::Label;

/// One step of a sequence: any number, a gap, or from [`STEMS`] on the stem of that number.
pub type Step = u32;
/// Any number.
pub const NUMBER: Step = 0;
/// Some words in between.
pub const GAP_STEP: Step = 1;
/// Stems are counted from here.
pub const STEMS: Step = 2;

/// All sequences as a tree in a few flat arrays: small, and quick to walk. Branches that go on alike are one branch: most
/// phrasings of a concept end with the same few words.
#[derive(Debug, Default)]
pub struct Tree {
    /// Where the edges of each node begin; one more than there are nodes.
    edges: Vec<u32>,
    /// The steps of all edges, sorted within each node, and the nodes that they lead to.
    steps: Vec<Step>,
    to: Vec<u32>,
    /// Where the labels of the sequences that end at each node begin; one more than there are nodes.
    ends: Vec<u32>,
    labels: Vec<Label>,
    /// The nodes after the first word, by its step: the first node has far more edges than any other.
    first: Vec<u32>,
}

impl Tree {
    /// The tree of these nodes, each of a higher number than the one that leads to it, with the labels that end at each.
    pub fn new(nodes: &FxHashMap<(u32, Step), u32>, mut ends: Vec<(u32, Label)>) -> Self {
        let mut edges: Vec<(u32, Step, u32)> = nodes.iter().map(|(&(from, step), &to)| (from, step, to)).collect();
        edges.sort_unstable();
        ends.sort_unstable();
        ends.dedup();
        // Node 0 is where every walk begins; its edges are in `first`.
        let mut tree = Self { edges: vec![0, 0], ends: vec![0, 0], ..Self::default() };
        let mut alike: FxHashMap<u64, u32> = FxHashMap::default();
        let mut became = vec![0u32; nodes.len() + 1];
        let (mut edges, mut ends) = (edges.as_slice(), ends.as_slice());
        for node in (1..became.len()).rev() {
            let of = |from: &u32| *from as usize == node;
            let own_edges = edges.iter().rev().take_while(|e| of(&e.0)).count();
            let own_ends = ends.iter().rev().take_while(|e| of(&e.0)).count();
            let (here, labels);
            (edges, here) = edges.split_at(edges.len() - own_edges);
            (ends, labels) = ends.split_at(ends.len() - own_ends);
            let begins = (tree.to.len(), tree.labels.len());
            tree.steps.extend(here.iter().map(|e| e.1));
            tree.to.extend(here.iter().map(|e| became[e.2 as usize]));
            tree.labels.extend(labels.iter().map(|e| e.1));
            let mut hasher = FxHasher::default();
            (&tree.steps[begins.0..], &tree.to[begins.0..], &tree.labels[begins.1..]).hash(&mut hasher);
            let next = tree.count();
            let known = *alike.entry(hasher.finish()).or_insert(next);
            if known != next && tree.is(known, begins) {
                tree.steps.truncate(begins.0);
                tree.to.truncate(begins.0);
                tree.labels.truncate(begins.1);
                became[node] = known;
            } else {
                tree.edges.push(place(tree.to.len()));
                tree.ends.push(place(tree.labels.len()));
                became[node] = next;
            }
        }
        tree.first = vec![0; edges.last().map_or(0, |e| e.1 as usize + 1)];
        edges.iter().for_each(|&(_, step, to)| tree.first[step as usize] = became[to as usize]);
        for array in [&mut tree.edges, &mut tree.steps, &mut tree.to, &mut tree.ends, &mut tree.labels] {
            array.shrink_to_fit();
        }
        tree
    }

    /// Whether a node has the edges and labels that begin at these places and are the last.
    fn is(&self, node: u32, (edges, labels): (usize, usize)) -> bool {
        let of = self.edges_of(node);
        self.steps[of.clone()] == self.steps[edges..] && self.to[of] == self.to[edges..] && *self.labels(node) == self.labels[labels..]
    }

    fn edges_of(&self, node: u32) -> Range<usize> {
        self.edges[node as usize] as usize..self.edges[node as usize + 1] as usize
    }

    /// How many nodes there are; they are counted from 0.
    pub fn count(&self) -> u32 {
        place(self.edges.len() - 1)
    }

    /// Where a step leads.
    pub fn next(&self, node: u32, step: Step) -> Option<u32> {
        if node == 0 {
            return self.first.get(step as usize).copied().filter(|n| *n != 0);
        }
        let of = self.edges_of(node);
        self.steps[of.clone()].binary_search(&step).ok().map(|at| self.to[of.start + at])
    }

    /// What ends at a node.
    pub fn labels(&self, node: u32) -> &[Label] {
        &self.labels[self.ends[node as usize] as usize..self.ends[node as usize + 1] as usize]
    }
}

/// A place in one of the arrays, none of which comes near four thousand million.
fn place(length: usize) -> u32 {
    u32::try_from(length).expect("the phrasings fit into a tree")
}
