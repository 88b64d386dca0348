//! Where every line of a letter stands, in points from the top left of an A4 page.

use std::sync::OnceLock;

use ttf_parser::Face;

use crate::{CannotPrint, Letter, blocks};

/// A4 in points.
pub(crate) const WIDTH: f32 = 595.28;
pub(crate) const HEIGHT: f32 = 841.89;
/// Two centimetres.
pub(crate) const MARGIN: f32 = 56.7;
/// Where the first line of the address stands: 52 millimetres from the top, in the window of a DL envelope.
const ADDRESS_Y: f32 = 147.4;
/// Below the window and the first fold.
const DATE_Y: f32 = 297.6;
const LINE_HEIGHT: f32 = 1.4;

/// What a block is to a screen reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Heading,
    Words,
}

/// A paragraph, an address, the heading; a line break in it is kept.
pub(crate) struct Block {
    pub role: Role,
    pub text: String,
}

/// A line on its page: where it begins and how large it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Which block it is of.
    pub block: usize,
    pub role: Role,
    pub text: String,
    pub size: f32,
    pub x: f32,
    /// Of its base line.
    pub y: f32,
}

fn face(role: Role) -> Option<&'static Face<'static>> {
    static FACES: OnceLock<Option<[Face<'static>; 2]>> = OnceLock::new();
    let read = || Some([Face::parse(dejavu::sans::regular(), 0).ok()?, Face::parse(dejavu::sans::bold(), 0).ok()?]);
    FACES.get_or_init(read).as_ref().map(|[regular, bold]| if role == Role::Heading { bold } else { regular })
}

/// How wide a text is, in points; ligatures and kerning only make it narrower.
pub(crate) fn width(text: &str, size: f32, role: Role) -> f32 {
    let Some(face) = face(role) else { return 0.0 };
    let units: u32 = text.chars().map(|c| face.glyph_index(c).and_then(|g| face.glyph_hor_advance(g)).map_or(0, u32::from)).sum();
    units as f32 * size / f32::from(face.units_per_em())
}

/// The lines of a letter, page by page.
pub(crate) fn pages(letter: &Letter) -> Result<Vec<Vec<Line>>, CannotPrint> {
    let size = if letter.large_print { 18.0 } else { 12.0 };
    let blocks = blocks(letter);
    refuse_unknown_signs(&blocks, letter)?;
    let mut pages: Vec<Vec<Line>> = vec![Vec::new()];
    let mut y = MARGIN + size;
    for (n, block) in blocks.iter().enumerate() {
        // The address and what follows it have their places; in large print what came before may have pushed them down.
        y = match n {
            1 => y.max(ADDRESS_Y),
            2 => y.max(DATE_Y),
            _ => y,
        };
        for text in block.text.split('\n').flat_map(|line| wrapped(line.trim_end(), size, block.role)) {
            if y > HEIGHT - MARGIN - 2.0 * size {
                pages.push(Vec::new());
                y = MARGIN + size;
            }
            if let Some(page) = pages.last_mut() {
                page.push(Line { block: n, role: block.role, text, size, x: MARGIN, y });
            }
            y += size * LINE_HEIGHT;
        }
        y += size * 0.8;
    }
    Ok(pages)
}

/// What stands at the foot of a page.
pub(crate) fn foot(letter: &Letter, page: usize, of: usize) -> Line {
    let size = if letter.large_print { 16.0 } else { 10.0 };
    let text = format!("{}   Page {page} of {of}", letter.foot);
    Line { block: 0, role: Role::Words, text, size, x: MARGIN, y: HEIGHT - MARGIN / 2.0 }
}

/// A line in as many lines as it needs. The space at the end of each is kept, so that those who hear it hear two words.
fn wrapped(text: &str, size: f32, role: Role) -> Vec<String> {
    let room = WIDTH - 2.0 * MARGIN;
    let mut lines: Vec<String> = Vec::new();
    let (mut line, mut used) = (String::new(), 0.0);
    for word in text.split_inclusive(' ') {
        for piece in pieces(word, size, role, room) {
            // The space at its end may stand over the margin.
            if !line.is_empty() && used + width(piece.trim_end(), size, role) > room {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            used += width(&piece, size, role);
            line.push_str(&piece);
        }
    }
    lines.push(line);
    lines.retain(|line| !line.trim().is_empty());
    lines
}

/// A word that is wider than the page, such as a web address, is cut where it must be.
fn pieces(word: &str, size: f32, role: Role, room: f32) -> Vec<String> {
    if width(word.trim_end(), size, role) <= room {
        return vec![word.to_owned()];
    }
    let mut pieces = Vec::new();
    let (mut piece, mut used) = (String::new(), 0.0);
    for c in word.chars() {
        let wide = width(c.encode_utf8(&mut [0; 4]), size, role);
        if used + wide > room && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
            used = 0.0;
        }
        used += wide;
        piece.push(c);
    }
    pieces.push(piece);
    pieces
}

fn refuse_unknown_signs(blocks: &[Block], letter: &Letter) -> Result<(), CannotPrint> {
    let mut unknown: Vec<char> = Vec::new();
    let foot = Block { role: Role::Words, text: letter.foot.clone() };
    for block in blocks.iter().chain([&foot]) {
        let Some(face) = face(block.role) else { return Err(CannotPrint::Broken("the typeface does not read".to_owned())) };
        let strange = block.text.chars().filter(|c| *c != '\n' && (c.is_control() || face.glyph_index(*c).is_none()));
        unknown.extend(strange.filter(|c| *c != '\u{fe0f}'));
    }
    unknown.dedup();
    if unknown.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> =
        unknown.iter().take(10).map(|c| if c.is_control() { "a control sign".into() } else { c.to_string() }).collect();
    Err(CannotPrint::Signs(shown.join(" ")))
}
