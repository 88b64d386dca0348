//! Files that people send: photos and documents of our own, the form that carries them, and a virus scanner that can be away.

use std::{
    io::Cursor,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use image::{ImageFormat, Rgb, RgbImage};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Bytes as e-mail carries them.
pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A small photo.
pub fn photo() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let red = RgbImage::from_pixel(40, 30, Rgb([190, 60, 60]));
    red.write_to(&mut bytes, ImageFormat::Jpeg).expect("a photo");
    bytes.into_inner()
}

/// A small document.
pub fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n".to_vec()
}

/// A form with files as a browser sends it: its content type and its body. Each file is a name and what is in it.
pub fn multipart(fields: &[(String, String)], files: &[(&str, Vec<u8>)]) -> (&'static str, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    for (name, bytes) in files {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    ("multipart/form-data; boundary=edge", body)
}

/// A clamd that finds a virus in whatever holds the word EICAR.
pub struct FakeClamd {
    /// Where it listens.
    pub address: String,
    away: Arc<AtomicBool>,
}

impl FakeClamd {
    /// Begins to listen.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let away = Arc::new(AtomicBool::new(false));
        let is_away = away.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                if is_away.load(Ordering::Relaxed) {
                    continue;
                }
                let mut order = [0; 10];
                let _ = stream.read_exact(&mut order).await;
                let mut sent = Vec::new();
                while let Ok(length @ 1..) = stream.read_u32().await {
                    let mut piece = vec![0; length as usize];
                    let _ = stream.read_exact(&mut piece).await;
                    sent.extend(piece);
                }
                let virus = sent.windows(5).any(|w| w == b"EICAR");
                let _ = stream.write_all(if virus { b"stream: Eicar-Test-Signature FOUND\0" } else { b"stream: OK\0" }).await;
            }
        });
        Self { address, away }
    }

    /// Hangs up on everybody, or no longer.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }
}
