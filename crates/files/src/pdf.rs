//! PDFs: kept as they are, never opened here and only ever handed out as a download; those that are locked, or that plainly
//! carry programs or other files, are refused. A virus scanner looks further.

use crate::Refused;

/// Whether it begins as a PDF does: within the first kilobyte, as readers accept.
pub(crate) fn is_pdf(bytes: &[u8]) -> bool {
    contains(&bytes[..bytes.len().min(1024)], b"%PDF-")
}

pub(crate) fn check(name: &str, bytes: &[u8]) -> Result<(), Refused> {
    if !contains(&bytes[bytes.len().saturating_sub(2048)..], b"%%EOF") {
        return Err(Refused::Damaged(name.to_owned()));
    }
    if contains(bytes, b"/Encrypt") {
        return Err(Refused::Locked(name.to_owned()));
    }
    const ACTIVE: [&[u8]; 6] = [b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/RichMedia"];
    if ACTIVE.iter().any(|mark| contains(bytes, mark)) {
        return Err(Refused::Active(name.to_owned()));
    }
    Ok(())
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|w| w == mark)
}
