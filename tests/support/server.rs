//! A small HTTP server on the loopback interface: one port for the sign-in service, one for the API.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// What it answers to a method with a path and query; nothing closes the connection without an answer.
type Answer = dyn Fn(&str) -> Option<(u16, Vec<u8>)> + Send + Sync;

/// A running server. It ends with the process.
pub struct Server {
    /// Where the sign-in service is.
    pub login: SocketAddr,
    /// Where the API is.
    pub api: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts one. Answers are given by `GET /path?query`.
    pub fn start(answer: impl Fn(&str) -> Option<(u16, Vec<u8>)> + Send + Sync + 'static) -> Self {
        let answer: Arc<Answer> = Arc::new(answer);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let listen = || {
            let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
            let address = listener.local_addr().expect("an address");
            let (answer, asked) = (Arc::clone(&answer), Arc::clone(&asked));
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let _ = serve(stream, address, &*answer, &asked);
                }
            });
            address
        };
        Self { login: listen(), api: listen(), asked }
    }

    /// The hand-made tenant, behind a rule that comes first. Links in it lead to this server.
    pub fn handmade(rule: impl Fn(&str) -> Option<(u16, Vec<u8>)> + Send + Sync + 'static) -> Self {
        let exchanges = super::handmade();
        Self::start(move |asked| {
            rule(asked).or_else(|| {
                let is_it = |exchange: &&source_host::har::Exchange| {
                    let path = exchange.url.path_and_query().map_or("", |path| path.as_str());
                    asked.split_once(' ') == Some((exchange.method.as_str(), path))
                };
                let recorded = exchanges.iter().find(is_it);
                recorded.map(|exchange| (exchange.status.as_u16(), exchange.body.to_vec())).or_else(|| {
                    let url = format!("{}{}", super::service::API, asked.split_once(' ')?.1);
                    super::is_behind_the_last_row(&exchanges, &url).then(|| (200, super::NO_ROWS.to_vec()))
                })
            })
        })
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(stream: TcpStream, address: SocketAddr, answer: &Answer, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let request = line.rsplit_once(' ').map_or("", |(request, _)| request).to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header == "\r\n" {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    reader.take(length).read_to_end(&mut Vec::new())?;
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let Some((status, body)) = answer(&request) else { return Ok(()) };
    let body = match String::from_utf8(body) {
        Ok(text) => text.replace("https://api.security.microsoft.com", &format!("http://{address}")).into_bytes(),
        Err(packed) => packed.into_bytes(),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}
