//! In front of a service: passes every call on, and gives answers without an end in place of the service's own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// How much is sent, in pieces of [`PIECE`] bytes: 1 GiB, of what is packed much more.
const PIECES: usize = 1024;
const PIECE: usize = 1024 * 1024;

/// What comes in place of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flood {
    /// 1 GiB of JSON's white space.
    Body,
    /// The same in chunks that never end.
    Chunks,
    /// 1 GiB that comes packed into one.
    Packed,
    /// Header after header.
    Headers,
}

/// A running one.
#[derive(Debug)]
pub(crate) struct Flooding {
    address: SocketAddr,
    floods: Arc<Mutex<Vec<(String, Flood, usize)>>>,
    task: JoinHandle<()>,
}

impl Flooding {
    /// Stands in front of the service at `service`.
    pub(crate) async fn before(service: &str) -> Self {
        let service = service.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback address");
        let address = listener.local_addr().expect("a bound listener has an address");
        let floods = Arc::new(Mutex::new(Vec::new()));
        let known = Arc::clone(&floods);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (service, known) = (service.clone(), Arc::clone(&known));
                connections.spawn(async move {
                    // Who has had enough hangs up.
                    let _ = pass_on(stream, &service, &known).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, floods, task }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next `times` calls that begin so (`POST /profile/history`) are done, and answered with a flood.
    pub(crate) fn answer(&self, call: &str, flood: Flood, times: usize) {
        self.floods.lock().expect("nobody panics").push((call.to_owned(), flood, times));
    }

    /// How many floods are still to come.
    pub(crate) fn left(&self) -> usize {
        self.floods.lock().expect("nobody panics").iter().map(|(_, _, times)| times).sum()
    }
}

impl Drop for Flooding {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass_on(
    mut stream: TcpStream,
    service: &str,
    floods: &Mutex<Vec<(String, Flood, usize)>>,
) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(service).await?;
    loop {
        let request = message(&mut stream).await?;
        upstream.write_all(&request).await?;
        let answer = message(&mut upstream).await?;
        let flood = {
            let mut floods = floods.lock().expect("nobody panics");
            let due =
                floods.iter_mut().find(|(call, _, times)| *times > 0 && request.starts_with(call.as_bytes()));
            due.map(|(_, flood, times)| {
                *times -= 1;
                *flood
            })
        };
        match flood {
            Some(flood) => return pour(&mut stream, flood).await,
            None => stream.write_all(&answer).await?,
        }
    }
}

/// One request or answer, with its body.
async fn message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&bytes).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    bytes.extend(body);
    Ok(bytes)
}

async fn pour(stream: &mut TcpStream, flood: Flood) -> std::io::Result<()> {
    let blanks = vec![b' '; PIECE];
    let (head, piece) = match flood {
        Flood::Body => (format!("content-length: {}\r\n\r\n{{", PIECES * PIECE + 1).into_bytes(), blanks),
        Flood::Chunks => {
            let chunk = [format!("{PIECE:x}\r\n").into_bytes(), blanks, b"\r\n".to_vec()].concat();
            (b"transfer-encoding: chunked\r\n\r\n".to_vec(), chunk)
        }
        Flood::Packed => {
            // The head of a gzip file. What follows is never read to the end that is missing.
            let mut head = b"content-encoding: gzip\r\n\r\n".to_vec();
            head.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
            (head, packed(&blanks))
        }
        Flood::Headers => (Vec::new(), b"x-more: and more of it\r\n".repeat(PIECE / 24)),
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n").await?;
    stream.write_all(&head).await?;
    for _ in 0..PIECES {
        stream.write_all(&piece).await?;
    }
    stream.shutdown().await
}

/// `bytes` as a piece of a stream of DEFLATE that can be repeated.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(bytes.len());
    flate2::Compress::new(flate2::Compression::best(), false)
        .compress_vec(bytes, &mut packed, flate2::FlushCompress::Full)
        .expect("there is room");
    packed
}
