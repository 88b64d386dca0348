//! Files that strangers send. A photo is decoded and encoded anew, so nothing of the sent bytes survives but the picture:
//! no place, no time, no camera, no hidden program. A PDF is looked at and kept as it is. Everything else is refused, in
//! words that say what to do.

pub mod clamd;
mod pdf;
mod photo;

use thiserror::Error;

/// The most files that are sent at once.
pub const AT_ONCE: usize = 5;
/// The most bytes of one file.
pub const BYTES: usize = 10 * 1024 * 1024;
/// The most pixels that a photo is decoded from.
pub const PIXELS: u64 = 60_000_000;
/// The longest side of a photo that is kept, in pixels: enough to see a rash, small enough for a telephone line.
pub const LONGEST_SIDE: u32 = 2048;
/// What a browser offers to choose from; a telephone that takes HEIC photos then sends them as JPEG.
pub const ACCEPT: &str = "image/jpeg,image/png,image/webp,application/pdf";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A picture.
    Photo,
    /// A document.
    Pdf,
}

impl Media {
    /// As HTTP names it.
    pub fn media_type(self) -> &'static str {
        match self {
            Media::Photo => "image/jpeg",
            Media::Pdf => "application/pdf",
        }
    }
}

/// A file that may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// Its name, of letters, figures and dashes, with the ending that fits.
    pub name: String,
    /// What it is.
    pub media: Media,
    /// What is kept.
    pub bytes: Vec<u8>,
    /// Width and height in pixels; nought for a PDF.
    pub size: (u32, u32),
}

/// Why a file is not taken, as the person who sent it reads it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// Nothing in it.
    #[error("{0} is empty. Choose it again.")]
    Empty(String),
    /// Too many bytes.
    #[error("{0} is larger than 10 MB. Take the photo again with a lower resolution, or send fewer pages.")]
    TooLarge(String),
    /// Too many pixels.
    #[error("{0} has more than 60 million pixels. Take the photo again with a lower resolution.")]
    TooManyPixels(String),
    /// A photo as iPhones keep it.
    #[error("{0} is a HEIC photo, which we cannot open. Send it as JPEG: on an iPhone choose Settings, Camera, Formats, Most Compatible.")]
    Heic(String),
    /// No photo and no PDF.
    #[error("{0} is not a photo or a PDF. Send a JPEG or PNG photo, or a PDF.")]
    Unknown(String),
    /// It says that it is a photo and does not read as one.
    #[error("{0} cannot be read. The file may be damaged: take or save it again.")]
    Damaged(String),
    /// A PDF behind a password.
    #[error("{0} is protected by a password. Send it without one.")]
    Locked(String),
    /// A PDF that does things.
    #[error("{0} contains programs or other files. Print it to a plain PDF, or send a photo of it.")]
    Active(String),
    /// The scanner found something.
    #[error("{0} holds a virus and was not taken. Check your device.")]
    Infected(String),
}

/// Makes a file fit to be kept, or says why it is not taken. Decoding takes up to a second: not for an async thread.
pub fn clean(name: &str, bytes: &[u8]) -> Result<Clean, Refused> {
    let shown = shown(name);
    if bytes.is_empty() {
        return Err(Refused::Empty(shown));
    }
    if bytes.len() > BYTES {
        return Err(Refused::TooLarge(shown));
    }
    // What it is, its first bytes say; the name and the browser may say anything.
    if is_heic(bytes) {
        return Err(Refused::Heic(shown));
    }
    if let Some(format) = photo::format(bytes) {
        let (bytes, size) = photo::made_anew(&shown, bytes, format)?;
        return Ok(Clean { name: named(&shown, "jpg"), media: Media::Photo, bytes, size });
    }
    if pdf::is_pdf(bytes) {
        pdf::check(&shown, bytes)?;
        return Ok(Clean { name: named(&shown, "pdf"), media: Media::Pdf, bytes: bytes.to_vec(), size: (0, 0) });
    }
    Err(Refused::Unknown(shown))
}

/// HEIC and its kin: an ISO container whose brand says so.
fn is_heic(bytes: &[u8]) -> bool {
    let brands: [&[u8]; 7] = [b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"];
    bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12).is_some_and(|brand| brands.contains(&brand))
}

/// The last part of a path, at most 60 characters, without anything that a file system, a header or a page reads as more.
fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '-' }).collect();
    let plain: String = plain.trim_matches(['.', ' ', '-']).chars().take(60).collect();
    if plain.is_empty() { "file".into() } else { plain }
}

fn named(shown: &str, ending: &str) -> String {
    let stem = shown.rsplit_once('.').map_or(shown, |(stem, _)| stem).trim();
    format!("{}.{ending}", if stem.is_empty() { "file" } else { stem })
}

#[cfg(test)]
mod tests;
