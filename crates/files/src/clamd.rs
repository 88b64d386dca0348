//! A virus scanner by clamd's own protocol (INSTREAM over TCP): the file goes in lengths and pieces, one line comes back.

use std::time::Duration;

use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// The longest that a scan may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much goes in one piece, in bytes.
const PIECE: usize = 64 * 1024;

/// What a scanner says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// Something was found: its name.
    Infected(String),
}

/// Why there is no verdict. The file is kept aside, and nobody opens it, until there is one.
#[derive(Debug, Error)]
pub enum NoVerdict {
    /// It cannot be reached or went away.
    #[error("the virus scanner cannot be reached: {0}")]
    Unreachable(#[from] std::io::Error),
    /// It took too long.
    #[error("the virus scanner did not answer in time")]
    Slow,
    /// It answered something else.
    #[error("the virus scanner answered: {0}")]
    Strange(String),
}

/// Asks the clamd at an address (`host:port`) about some bytes.
pub async fn scan(address: &str, bytes: &[u8]) -> Result<Verdict, NoVerdict> {
    let answer = timeout(PATIENCE, ask(address, bytes)).await.map_err(|_| NoVerdict::Slow)??;
    let said = answer.trim_matches(['\0', '\n', ' ']).strip_prefix("stream: ").unwrap_or(&answer).to_owned();
    match said.strip_suffix(" FOUND") {
        Some(virus) => Ok(Verdict::Infected(virus.to_owned())),
        None if said == "OK" => Ok(Verdict::Clean),
        None => Err(NoVerdict::Strange(said.chars().take(200).collect())),
    }
}

async fn ask(address: &str, bytes: &[u8]) -> Result<String, std::io::Error> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"zINSTREAM\0").await?;
    for piece in bytes.chunks(PIECE) {
        stream.write_all(&(piece.len() as u32).to_be_bytes()).await?;
        stream.write_all(piece).await?;
    }
    stream.write_all(&0u32.to_be_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
