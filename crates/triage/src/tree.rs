//! The sequences of all phrases as one tree, walked once for each text.

use rustc_hash::FxHashMap;

use crate::phrase::Label;

/// One step of a sequence: any number, a gap, or from [`STEMS`] on the stem of that number.
pub type Step = u32;
/// Any number.
pub const NUMBER: Step = 0;
/// Some words in between.
pub const GAP_STEP: Step = 1;
/// Stems are counted from here.
pub const STEMS: Step = 2;

/// All sequences as a tree in a few flat arrays: small, and quick to walk.
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
    /// The tree of these nodes, with the labels that end at each.
    pub fn new(nodes: &FxHashMap<(u32, Step), u32>, count: u32, mut ends: Vec<(u32, Label)>) -> Self {
        let mut all: Vec<(u32, Step, u32)> = nodes.iter().map(|(&(from, step), &to)| (from, step, to)).collect();
        all.sort_unstable();
        ends.sort_unstable();
        ends.dedup();
        let starts = |of: &mut dyn Iterator<Item = u32>| {
            let mut starts = vec![0u32; count as usize + 1];
            of.for_each(|node| starts[node as usize + 1] += 1);
            for n in 1..starts.len() {
                starts[n] += starts[n - 1];
            }
            starts
        };
        let most = all.iter().filter(|e| e.0 == 0).map(|e| e.1).max().unwrap_or(0);
        let mut first = vec![0; most as usize + 1];
        all.iter().take_while(|e| e.0 == 0).for_each(|&(_, step, to)| first[step as usize] = to);
        Self {
            edges: starts(&mut all.iter().map(|e| e.0)),
            steps: all.iter().map(|e| e.1).collect(),
            to: all.iter().map(|e| e.2).collect(),
            ends: starts(&mut ends.iter().map(|e| e.0)),
            labels: ends.into_iter().map(|e| e.1).collect(),
            first,
        }
    }

    /// Where a step leads.
    pub fn next(&self, node: u32, step: Step) -> Option<u32> {
        if node == 0 {
            return self.first.get(step as usize).copied().filter(|n| *n != 0);
        }
        let (from, to) = (self.edges[node as usize] as usize, self.edges[node as usize + 1] as usize);
        self.steps[from..to].binary_search(&step).ok().map(|at| self.to[from + at])
    }

    /// What ends at a node.
    pub fn labels(&self, node: u32) -> &[Label] {
        &self.labels[self.ends[node as usize] as usize..self.ends[node as usize + 1] as usize]
    }
}
