use std::io::Cursor;

use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

use super::*;

fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([200, 30, 30]) } else { Rgb([30, 30, 200]) })
}

/// A JPEG that says where it was taken and that it lies on its side.
fn from_a_telephone() -> Vec<u8> {
    let shot = picture(64, 32);
    let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"GPS 53.8008 N, 1.5491 W, Elm Tree Road");
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(&shot, 64, 32, ExtendedColorType::Rgb8).unwrap();
    bytes
}

#[test]
fn a_photo_loses_where_it_was_taken_and_stands_upright() {
    let sent = from_a_telephone();
    let holds = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|w| w == text);
    assert!(holds(&sent, b"Elm Tree Road") && holds(&sent, b"Exif"));
    let kept = clean("my rash.JPG", &sent).unwrap();
    assert!(!holds(&kept.bytes, b"Elm Tree Road") && !holds(&kept.bytes, b"Exif"), "nothing but the picture is kept");
    assert_eq!((kept.name.as_str(), kept.media, kept.size), ("my rash.jpg", Media::Photo, (32, 64)), "turned as the telephone was held");
    let again = image::load_from_memory_with_format(&kept.bytes, ImageFormat::Jpeg).unwrap().to_rgb8();
    assert!(again.get_pixel(16, 4).0[0] > 150 && again.get_pixel(16, 60).0[2] > 150, "it shows the same");
}

#[test]
fn large_photos_become_small_and_clear_ones_white() {
    let mut png = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture(3000, 1000)).write_to(&mut png, ImageFormat::Png).unwrap();
    assert_eq!(clean("scan.png", png.get_ref()).unwrap().size, (2048, 683));
    let mut clear = Cursor::new(Vec::new());
    DynamicImage::new_rgba8(8, 8).write_to(&mut clear, ImageFormat::Png).unwrap();
    let kept = clean("clear.png", clear.get_ref()).unwrap();
    assert!(image::load_from_memory(&kept.bytes).unwrap().to_rgb8().get_pixel(4, 4).0[0] > 250);
}

/// A PNG of a few hundred bytes that says it is as large as a town.
fn bomb() -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture(8, 8)).write_to(&mut png, ImageFormat::Png).unwrap();
    let mut bytes = png.into_inner();
    bytes[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    // The header's checksum must fit, or it is refused for that alone.
    let sum = crc(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&sum);
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 });
    !bytes.iter().fold(!0, step)
}

#[test]
fn what_is_no_photo_and_no_pdf_is_refused_in_words_that_say_what_to_do() {
    let no = |name: &str, bytes: &[u8]| clean(name, bytes).unwrap_err();
    assert_eq!(no("a.jpg", b""), Refused::Empty("a.jpg".into()));
    assert_eq!(no("a.exe", b"MZ\x90\0 this program"), Refused::Unknown("a.exe".into()));
    assert_eq!(no("rash.jpg", b"<svg onload=alert(1)>"), Refused::Unknown("rash.jpg".into()), "the name says nothing");
    assert_eq!(no("IMG_1.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0"), Refused::Heic("IMG_1.HEIC".into()));
    assert_eq!(no("a.jpg", &from_a_telephone()[..100]), Refused::Damaged("a.jpg".into()));
    assert_eq!(no("town.png", &bomb()), Refused::TooManyPixels("town.png".into()));
    assert_eq!(no("big.pdf", &vec![b'%'; BYTES + 1]), Refused::TooLarge("big.pdf".into()));
    assert!(no("x.gif", b"GIF89a\x01\0\x01\0").to_string().contains("Send a JPEG or PNG photo, or a PDF"));
}

#[test]
fn a_pdf_is_kept_as_it_is_unless_it_is_locked_or_does_things() {
    let pdf = |inside: &str| format!("%PDF-1.7\n1 0 obj << {inside} >> endobj\ntrailer << >>\n%%EOF\n").into_bytes();
    let kept = clean("../../etc/letter from \"Dr\" <Osei>.PDF", &pdf("/Type /Catalog")).unwrap();
    assert_eq!((kept.name.as_str(), kept.media, kept.bytes), ("letter from -Dr- -Osei-.pdf", Media::Pdf, pdf("/Type /Catalog")));
    assert_eq!(clean("a.pdf", &pdf("/Encrypt 5 0 R")).unwrap_err(), Refused::Locked("a.pdf".into()));
    for active in ["/S /JavaScript /JS (app.alert(1))", "/S /Launch", "/Type /EmbeddedFile"] {
        assert_eq!(clean("a.pdf", &pdf(active)).unwrap_err(), Refused::Active("a.pdf".into()));
    }
    assert_eq!(clean("a.pdf", b"%PDF-1.7 cut off").unwrap_err(), Refused::Damaged("a.pdf".into()));
}

#[tokio::test]
async fn the_scanner_is_asked_and_its_answer_read() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut order = [0; 10];
            stream.read_exact(&mut order).await.unwrap();
            assert_eq!(&order, b"zINSTREAM\0");
            let mut sent = Vec::new();
            loop {
                let length = stream.read_u32().await.unwrap();
                if length == 0 {
                    break;
                }
                let mut piece = vec![0; length as usize];
                stream.read_exact(&mut piece).await.unwrap();
                sent.extend(piece);
            }
            let answer: &[u8] = match sent.first() {
                Some(b'v') => b"stream: Eicar-Test-Signature FOUND\0",
                Some(b'l') => b"INSTREAM size limit exceeded. ERROR\0",
                _ => b"stream: OK\0",
            };
            stream.write_all(answer).await.unwrap();
        }
    });
    assert_eq!(clamd::scan(&address, &vec![0; 200_000]).await.unwrap(), clamd::Verdict::Clean);
    assert_eq!(clamd::scan(&address, b"virus").await.unwrap(), clamd::Verdict::Infected("Eicar-Test-Signature".into()));
    assert!(matches!(clamd::scan(&address, b"long").await, Err(clamd::NoVerdict::Strange(_))));
    assert!(matches!(clamd::scan("127.0.0.1:1", b"x").await, Err(clamd::NoVerdict::Unreachable(_))));
}
