//! One call to a service, only to find out whether it can be reached: each way to fail is told apart.

use std::error::Error;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{RequestBuilder, Response, Url, header};
use serde_json::Value;

use crate::http::{LazyClient, why};

/// No answer that is asked for here is longer, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    /// Of HTTP.
    pub(crate) status: u16,
    /// The service's clock.
    pub(crate) date: Option<Timestamp>,
    /// The body, if it is a JSON object.
    pub(crate) body: Option<Value>,
}

/// Why nothing came back. No address is part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unreachable {
    /// Its name is not known.
    Name,
    /// Nobody listens there.
    Refused,
    /// There is no way there.
    NoWay,
    /// No safe connection could be made.
    Tls(String),
    /// It took too long.
    Silent,
    /// Something else.
    Other(String),
}

/// Makes a GET of the address that `path` gives below `base`, as `prepare` wants it, within `patience`.
pub(crate) async fn get(
    base: &Url,
    path: &[&str],
    patience: Duration,
    prepare: impl FnOnce(RequestBuilder) -> RequestBuilder,
) -> Result<Answered, Unreachable> {
    let mut url = base.clone();
    url.path_segments_mut()
        .map_err(|()| Unreachable::Other("its address cannot be a base address".to_owned()))?
        .pop_if_empty()
        .extend(path);
    let mut client = LazyClient::new(patience);
    let client = client.get().map_err(|error| unreachable(&error))?;
    let response = prepare(client.get(url)).send().await.map_err(|error| unreachable(&error))?;
    let date = response.headers().get(header::DATE).and_then(|value| value.to_str().ok());
    let date = date
        .and_then(|value| httpdate::parse_http_date(value).ok())
        .and_then(|date| Timestamp::try_from(date).ok());
    let status = response.status().as_u16();
    let body = body(response).await.map_err(|error| unreachable(&error))?;
    Ok(Answered { status, date, body })
}

async fn body(mut response: Response) -> Result<Option<Value>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&bytes).ok().filter(Value::is_object))
}

fn unreachable(error: &reqwest::Error) -> Unreachable {
    if error.is_timeout() {
        return Unreachable::Silent;
    }
    for cause in causes(error) {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Unreachable::Tls(error.to_string());
        }
        match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => return Unreachable::Refused,
            Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
                return Unreachable::NoWay;
            }
            _ => {}
        }
        // Nothing but its words tells this one.
        if cause.to_string() == "dns error" {
            return Unreachable::Name;
        }
    }
    Unreachable::Other(why(error))
}

/// What is behind `error`, from the outermost inwards. An I/O error hides what it was made of from `source`.
fn causes(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        let hidden = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = hidden.map(|hidden| hidden as &(dyn Error + 'static)).or_else(|| cause.source());
    }
    causes
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    async fn at(base: &str) -> Result<Answered, Unreachable> {
        get(&base.parse().unwrap(), &["a", "b"], PATIENCE, |request| request).await
    }

    /// Answers one connection with these bytes.
    fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    #[tokio::test]
    async fn every_way_to_fail_is_told_apart() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(at(&format!("http://{free}")).await, Err(Unreachable::Refused));
        let plain = server("HTTP/1.1 400 no\r\ncontent-length: 0\r\n\r\n");
        assert!(matches!(at(&format!("https://{plain}")).await, Err(Unreachable::Tls(_))));
        let quiet = server("");
        assert!(matches!(at(&format!("http://{quiet}")).await, Err(Unreachable::Other(_))));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let silent = get(&url, &[], Duration::from_millis(50), |request| request).await;
        assert_eq!(silent, Err(Unreachable::Silent));
    }

    #[tokio::test]
    async fn a_name_that_is_not_known_is_told() {
        struct Nobody;
        impl reqwest::dns::Resolve for Nobody {
            fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
                Box::pin(async { Err("no such name".into()) })
            }
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().dns_resolver(std::sync::Arc::new(Nobody)).build().unwrap();
        let error = client.get("http://nowhere.invalid").send().await.unwrap_err();
        assert_eq!(unreachable(&error), Unreachable::Name);
    }

    #[tokio::test]
    async fn status_clock_and_body_come_back() {
        let address = server(
            "HTTP/1.1 503 x\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 7\r\n\r\n{\"a\":1}",
        );
        let date = Some("1994-11-06T08:49:37Z".parse().unwrap());
        let expected = Answered { status: 503, date, body: Some(serde_json::json!({"a": 1})) };
        assert_eq!(at(&format!("http://{address}")).await, Ok(expected));
    }
}
