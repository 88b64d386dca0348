//! Letters as PDF that everybody can read: tagged for screen readers (PDF/UA-1), in a plain typeface at 12 points, or 18
//! where somebody needs large print, with the address where the window of a DL envelope is.
//!
//! Pure: the same letter gives the same bytes.

mod layout;

use std::num::NonZeroU16;
use std::sync::OnceLock;

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, Tag, TagGroup, TagTree};
use krilla::text::{Font, TextDirection};
use thiserror::Error;

use layout::{Block, Line, Role};

/// A letter, worded and decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Who writes: the practice, and below it how to reach it.
    pub from: Vec<String>,
    /// The day, in words.
    pub date: String,
    /// The name and address, as on the envelope.
    pub to: Vec<String>,
    /// What it is about; becomes the heading and the document's title.
    pub subject: String,
    /// The words; an empty line begins a new paragraph.
    pub body: String,
    /// Who signs, below the words; empty for a letter in the practice's name that says so itself.
    pub signed: Vec<String>,
    /// What stands small at the foot of every page, such as the reference.
    pub foot: String,
    /// Whether it is in large print.
    pub large_print: bool,
}

/// Why a letter cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CannotPrint {
    /// It uses signs that the typeface does not have: a picture sign, or a script such as Chinese.
    #[error("The letter has signs that cannot be printed here: {0}. Take them out, or write it in a word processor.")]
    Signs(String),
    /// It is longer than anybody would post.
    #[error("The letter is longer than 30 pages. Shorten it.")]
    TooLong,
    /// The document could not be made.
    #[error("The letter could not be made into a PDF: {0}")]
    Broken(String),
}

/// The most pages of one letter.
const PAGES_MAX: usize = 30;
const CHARS_MAX: usize = 150_000;

/// The letter's typefaces, read once.
struct Faces {
    regular: Font,
    bold: Font,
}

fn faces() -> Option<&'static Faces> {
    static FACES: OnceLock<Option<Faces>> = OnceLock::new();
    let read = |bytes: &'static [u8]| Font::new(bytes.into(), 0);
    let both = || Some(Faces { regular: read(dejavu::sans::regular())?, bold: read(dejavu::sans::bold())? });
    FACES.get_or_init(both).as_ref()
}

/// Prints one letter.
pub fn print(letter: &Letter) -> Result<Vec<u8>, CannotPrint> {
    // Before it is laid out: thirty pages of the smallest print hold less.
    if letter.body.chars().count() > CHARS_MAX {
        return Err(CannotPrint::TooLong);
    }
    let pages = layout::pages(letter)?;
    if pages.len() > PAGES_MAX {
        return Err(CannotPrint::TooLong);
    }
    let broken = |what: &str| CannotPrint::Broken(what.to_owned());
    let faces = faces().ok_or_else(|| broken("the typeface does not read"))?;
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = configuration.map_err(|_| broken("the standard is not known"))?;
    let settings = SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    document.set_metadata(Metadata::new().title(letter.subject.clone()).language("en-GB".to_owned()).creator("Portico".to_owned()));
    // A paragraph that goes on over the page is one paragraph: its pieces are gathered by its number.
    let mut pieces: Vec<(Role, Vec<Identifier>)> = Vec::new();
    let count = pages.len();
    for (n, lines) in pages.iter().enumerate() {
        let size = PageSettings::from_wh(layout::WIDTH, layout::HEIGHT).ok_or_else(|| broken("the page has no size"))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        surface.set_fill(Some(Fill { paint: rgb::Color::new(0, 0, 0).into(), ..Fill::default() }));
        for line in lines {
            let id = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            draw(&mut surface, faces, line);
            surface.end_tagged();
            if pieces.len() <= line.block {
                pieces.resize(line.block + 1, (line.role, Vec::new()));
            }
            pieces[line.block].0 = line.role;
            pieces[line.block].1.push(id);
        }
        let foot = layout::foot(letter, n + 1, count);
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)));
        draw(&mut surface, faces, &foot);
        surface.end_tagged();
        surface.finish();
        page.finish();
    }
    document.set_tag_tree(tree(letter, pieces));
    // The standard asks for an outline: the heading, where it stands.
    let mut outline = Outline::new();
    let heading = pages.iter().flatten().find(|line| line.role == Role::Heading);
    let top = heading.map_or(0.0, |line| line.y - line.size);
    outline.push_child(OutlineNode::new(letter.subject.clone(), XyzDestination::new(0, Point::from_xy(layout::MARGIN, top))));
    document.set_outline(outline);
    document.finish().map_err(|error| CannotPrint::Broken(format!("{error:?}")))
}

fn draw(surface: &mut Surface<'_>, faces: &Faces, line: &Line) {
    let font = if line.role == Role::Heading { &faces.bold } else { &faces.regular };
    surface.draw_text(Point::from_xy(line.x, line.y), font.clone(), line.size, &line.text, false, TextDirection::Auto);
}

/// The structure that a screen reader follows, in reading order.
fn tree(letter: &Letter, pieces: Vec<(Role, Vec<Identifier>)>) -> TagTree {
    let mut tree = TagTree::new();
    for (role, ids) in pieces.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        let mut group = match role {
            Role::Heading => TagGroup::new(Tag::Hn(NonZeroU16::MIN, Some(letter.subject.clone()))),
            Role::Words => TagGroup::new(Tag::P),
        };
        ids.into_iter().for_each(|id| group.push(id));
        tree.push(group);
    }
    tree
}

/// The blocks of a letter in reading order.
fn blocks(letter: &Letter) -> Vec<Block> {
    let words = |text: String| Block { role: Role::Words, text };
    let heading = Block { role: Role::Heading, text: letter.subject.clone() };
    let mut all = vec![words(letter.from.join("\n")), words(letter.to.join("\n")), words(letter.date.clone()), heading];
    let body = letter.body.replace("\r\n", "\n");
    all.extend(body.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).map(|p| words(p.to_owned())));
    if !letter.signed.is_empty() {
        all.push(words(letter.signed.join("\n")));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        let lines = |lines: &[&str]| lines.iter().map(|l| l.to_string()).collect::<Vec<_>>();
        Letter {
            from: lines(&["Elm Tree Surgery", "0113 496 0100"]),
            date: "5 January 2026".into(),
            to: lines(&["Zoë O’Neill", "1 High Street", "Leeds", "LS1 4AP"]),
            subject: "Your blood test".into(),
            body: "Dear Zoë\n\nYour blood test is due. Please ring us to book it.\n\nYours sincerely".into(),
            signed: lines(&["Dr Osei", "General practitioner"]),
            foot: "ABC-123".into(),
            large_print: false,
        }
    }

    fn pages_of(letter: &Letter) -> usize {
        layout::pages(letter).unwrap().len()
    }

    #[test]
    fn a_letter_is_a_tagged_document_in_its_language_with_a_title() {
        let pdf = print(&letter()).unwrap();
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.starts_with("%PDF-1."));
        for wanted in ["/StructTreeRoot", "/Lang(en-GB)", "/MarkInfo", "pdfuaid"] {
            assert!(text.contains(wanted), "{wanted}");
        }
        assert_eq!(print(&letter()).unwrap(), pdf, "the same letter, the same bytes");
    }

    #[test]
    fn every_word_is_on_a_page_within_its_margins() {
        let long = Letter { body: "word ".repeat(3_000) + &"x".repeat(400), ..letter() };
        for letter in [letter(), Letter { large_print: true, ..long.clone() }, long] {
            let pages = layout::pages(&letter).unwrap();
            let drawn: String = pages.iter().flatten().map(|l| l.text.as_str()).collect::<Vec<_>>().join(" ");
            let all: Vec<String> = blocks(&letter).iter().map(|b| b.text.clone()).collect();
            let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert_eq!(squeezed(&drawn), squeezed(&all.join("")));
            for line in pages.iter().flatten() {
                assert!(
                    line.x + layout::width(line.text.trim_end(), line.size, line.role) <= layout::WIDTH - layout::MARGIN + 1.0,
                    "{}",
                    line.text
                );
                assert!(line.y <= layout::HEIGHT - layout::MARGIN && line.y > 0.0);
            }
            print(&letter).unwrap();
        }
    }

    #[test]
    fn large_print_is_eighteen_points_and_takes_more_room() {
        let long = Letter { body: "Please come in. ".repeat(250), ..letter() };
        let large = Letter { large_print: true, ..long.clone() };
        assert!(layout::pages(&large).unwrap().iter().flatten().all(|l| l.size >= 18.0));
        assert!(pages_of(&large) > pages_of(&long));
    }

    #[test]
    fn the_address_is_where_the_window_of_the_envelope_is() {
        let pages = layout::pages(&letter()).unwrap();
        let name = pages[0].iter().find(|l| l.text.starts_with("Zoë")).unwrap();
        // 45 to 80 millimetres from the top, 20 to 110 from the left.
        assert!((45.0..80.0).contains(&(name.y / 72.0 * 25.4)) && (19.0..30.0).contains(&(name.x / 72.0 * 25.4)), "{name:?}");
    }

    #[test]
    fn signs_that_cannot_be_printed_are_named_and_a_book_is_refused() {
        let picture = Letter { body: "Well done 🎉 您好".into(), ..letter() };
        assert_eq!(print(&picture), Err(CannotPrint::Signs("🎉 您 好".into())));
        let book = Letter { body: "word ".repeat(60_000), ..letter() };
        assert_eq!(print(&book), Err(CannotPrint::TooLong));
    }
}
