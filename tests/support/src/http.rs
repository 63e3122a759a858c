//! A small HTTP/1.1 server on loopback that can also misbehave: the ground under the stand-ins of the services.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, percent-decoded, without the query.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: BTreeMap<String, String>,
    /// Header names are in lower case.
    pub headers: BTreeMap<String, String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An answer, the ordinary case.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Further headers; length and date are added.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Closes the connection without a byte.
    Hangup,
    /// Says nothing for this long and then closes.
    Stall(Duration),
    /// Sends these raw bytes and closes: half answers and garbage.
    Raw(Vec<u8>),
    /// Sends these bytes one by one, one in this time, and closes.
    Trickle {
        /// A whole answer, or whatever it is.
        bytes: Vec<u8>,
        /// Between two of them.
        every: Duration,
    },
    /// Resets the connection (RST).
    Reset,
    /// Sends a body that never ends, for as long as it is read.
    Endless,
}

impl Reply {
    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_string().into_bytes(),
        }
    }
}

/// The future a handler gives.
pub type ReplyFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// A running server; it ends when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
    deaf: watch::Sender<bool>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Starts on a free loopback port. `handler` is called once per request.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub async fn start(handler: impl Fn(Request) -> ReplyFuture + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0".parse().expect("a literal address"), handler).await
    }

    /// Starts on a given address, such as one that a stopped server had.
    ///
    /// # Panics
    /// When the address is taken.
    pub async fn start_at(
        address: SocketAddr,
        handler: impl Fn(Request) -> ReplyFuture + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.expect("a loopback address to listen on");
        let address = listener.local_addr().expect("a bound listener has an address");
        let handler = Arc::new(handler);
        let (deaf, hears) = watch::channel(false);
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            // Owned by this task, so that dropping the server ends every connection too.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let handler = Arc::clone(&handler);
                let hears = hears.clone();
                connections.spawn(async move { serve(stream, hears, &*handler).await });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, task, deaf, connections }
    }

    /// How many connections were made to it so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Accepts connections but reads nothing from them, or goes on with what has come in meanwhile.
    pub fn is_deaf(&self, deaf: bool) {
        self.deaf.send_replace(deaf);
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    mut deaf: watch::Receiver<bool>,
    handler: &(impl Fn(Request) -> ReplyFuture + Send + Sync),
) {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut deaf, &mut buffer).await {
        match handler(request).await {
            Reply::Answer { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in &headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                // In one piece, or the second one waits until the first is acknowledged.
                let answer = [head.as_bytes(), &body].concat();
                if stream.write_all(&answer).await.is_err() {
                    return;
                }
            }
            Reply::Hangup => return,
            Reply::Stall(time) => {
                tokio::time::sleep(time).await;
                return;
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Trickle { bytes, every } => {
                for byte in bytes {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(every).await;
                }
                return;
            }
            Reply::Reset => {
                let _ = stream.set_zero_linger();
                return;
            }
            Reply::Endless => {
                let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"message\":\"";
                let mut sent = stream.write_all(head).await;
                while sent.is_ok() {
                    sent = stream.write_all(&[b'x'; 8192]).await;
                }
                return;
            }
        }
    }
}

async fn read_request(
    stream: &mut TcpStream,
    deaf: &mut watch::Receiver<bool>,
    buffer: &mut Vec<u8>,
) -> Option<Request> {
    loop {
        if let Some((request, used)) = parse(buffer) {
            buffer.drain(..used);
            return Some(request);
        }
        stream.readable().await.ok()?;
        deaf.wait_for(|deaf| !deaf).await.ok()?;
        let mut chunk = [0; 8192];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => buffer.extend_from_slice(&chunk[..count]),
        }
    }
}

fn parse(buffer: &[u8]) -> Option<(Request, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head_length) = head.parse(buffer).ok()? else { return None };
    let headers: BTreeMap<String, String> = head
        .headers
        .iter()
        .map(|header| (header.name.to_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(Some(0), |length| length.parse().ok())?;
    let body = buffer.get(head_length..head_length + length)?.to_vec();
    let target = head.path?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request {
        method: head.method?.to_owned(),
        path: decode(path),
        query: query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(&key.replace('+', " ")), decode(&value.replace('+', " ")))
            })
            .collect(),
        headers,
        body,
    };
    Some((request, head_length + length))
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
