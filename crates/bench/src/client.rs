//! A browser of few words for measuring and for tests: HTTP/1.1 over one kept connection, with cookies and forms.
//!
//! It does less work than a real client, so that what is measured is the server.

use std::{collections::BTreeMap, fmt::Write, io, net::SocketAddr};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// One browser: its connection and its cookies.
pub struct Browser {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
    /// Sent with every request, whatever their path.
    pub cookies: BTreeMap<String, String>,
    /// What it says it can unpack, for example `br, gzip`; empty asks for plain text.
    pub accept_encoding: &'static str,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body as it came over the wire, unpacked from chunks only.
    pub body: Vec<u8>,
    /// Octets on the wire: status line, headers and body with its chunk marks.
    #[allow(dead_code, reason = "the tests do not weigh pages")]
    pub wire_octets: usize,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Where a redirect leads; empty when it is none.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The page.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

impl Browser {
    /// A browser that has not connected yet.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, connection: None, cookies: BTreeMap::new(), accept_encoding: "" }
    }

    /// Goes to another server with the cookies that it has.
    #[allow(dead_code, reason = "the benchmark's server does not move")]
    pub fn move_to(&mut self, address: SocketAddr) {
        if self.address != address {
            (self.address, self.connection) = (address, None);
        }
    }

    /// Opens a page; redirects are not followed.
    pub async fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, None).await
    }

    /// Sends a form; redirects are not followed.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
        let body = portico_web::encode(fields.iter().copied());
        self.send("POST", path, Some(&body)).await
    }

    async fn send(&mut self, method: &str, path: &str, body: Option<&str>) -> io::Result<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        if !self.cookies.is_empty() {
            let all = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
            let _ = write!(head, "cookie: {all}\r\n");
        }
        if !self.accept_encoding.is_empty() {
            let _ = write!(head, "accept-encoding: {}\r\n", self.accept_encoding);
        }
        if let Some(body) = body {
            let _ = write!(
                head,
                "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\ncontent-length: {}\r\n",
                body.len()
            );
        }
        head.push_str("\r\n");
        head.push_str(body.unwrap_or_default());
        // The connection is kept only when the whole answer was read from it.
        let mut connection = match self.connection.take() {
            Some(kept) => kept,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        connection.get_mut().write_all(head.as_bytes()).await?;
        let answer = read_answer(&mut connection).await?;
        for (_, cookie) in answer.headers.iter().filter(|(n, _)| n == "set-cookie") {
            if let Some((name, rest)) = cookie.split_once('=') {
                self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap_or_default().to_owned());
            }
        }
        if answer.header("connection") != Some("close") {
            self.connection = Some(connection);
        }
        Ok(answer)
    }
}

async fn line(connection: &mut BufReader<TcpStream>, wire: &mut usize) -> io::Result<String> {
    let mut line = String::new();
    let read = connection.read_line(&mut line).await?;
    if read == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    *wire += read;
    line.truncate(line.trim_end().len());
    Ok(line)
}

async fn read_answer(connection: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let mut wire = 0;
    let first = line(connection, &mut wire).await?;
    let status: u16 = first.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| broken("no status line"))?;
    let mut headers = Vec::new();
    loop {
        let text = line(connection, &mut wire).await?;
        let Some((name, value)) = text.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let mut body = Vec::new();
    if header("transfer-encoding") == Some("chunked") {
        loop {
            let size = line(connection, &mut wire).await?;
            let size = usize::from_str_radix(&size, 16).map_err(|_| broken("no chunk size"))?;
            let start = body.len();
            body.resize(start + size, 0);
            connection.read_exact(&mut body[start..]).await?;
            wire += size;
            line(connection, &mut wire).await?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = header("content-length") {
        let length: usize = length.parse().map_err(|_| broken("no length"))?;
        body.resize(length, 0);
        connection.read_exact(&mut body).await?;
        wire += length;
    } else if !matches!(status, 204 | 304) {
        return Err(broken("an answer without a length"));
    }
    Ok(Answer { status, headers, body, wire_octets: wire })
}
