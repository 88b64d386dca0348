//! Photos: only the picture survives.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder, imageops::FilterType,
    metadata::Orientation,
};

use crate::{LONGEST_SIDE, PIXELS, Refused};

/// How good the kept JPEG is, of 100.
const QUALITY: u8 = 85;
/// The most memory that decoding may take, in bytes.
const MEMORY: u64 = 512 * 1024 * 1024;

/// Which of the formats that we take it is.
pub(crate) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let format = image::guess_format(bytes).ok()?;
    matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP).then_some(format)
}

/// The picture as a new JPEG, upright and at most so large, with its size.
pub(crate) fn made_anew(name: &str, bytes: &[u8], format: ImageFormat) -> Result<(Vec<u8>, (u32, u32)), Refused> {
    let damaged = || Refused::Damaged(name.to_owned());
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| damaged())?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(Refused::TooManyPixels(name.to_owned()));
    }
    if width == 0 || height == 0 {
        return Err(damaged());
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| damaged())?;
    if width.max(height) > LONGEST_SIDE {
        picture = picture.resize(LONGEST_SIDE, LONGEST_SIDE, FilterType::Triangle);
    }
    picture.apply_orientation(orientation);
    let flat = on_white(&picture);
    let mut kept = Vec::new();
    JpegEncoder::new_with_quality(&mut kept, QUALITY).encode_image(&flat).map_err(|_| damaged())?;
    Ok((kept, flat.dimensions()))
}

/// JPEG knows no transparency: what shines through is white, as on a page.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let clear = picture.to_rgba8();
    RgbImage::from_fn(clear.width(), clear.height(), |x, y| {
        let [r, g, b, a] = clear.get_pixel(x, y).0.map(u16::from);
        image::Rgb([r, g, b].map(|c| ((c * a + 255 * (255 - a)) / 255) as u8))
    })
}
