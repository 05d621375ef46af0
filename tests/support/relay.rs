//! A proxy on the loopback interface, for HTTP and for SOCKS 5: it passes on what it is given and counts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// A running proxy. It ends with the process.
pub struct Relay {
    /// Where it listens.
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Passed>>>,
}

/// One connection that it passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The host as the client named it.
    pub host: String,
    /// What the client said of itself: the header of HTTP, or user and password of SOCKS.
    pub credentials: Option<String>,
}

impl Relay {
    /// A proxy for plain HTTP.
    pub fn http() -> Self {
        Self::start(http)
    }

    /// A SOCKS 5 proxy that asks for user and password of clients that have them.
    pub fn socks() -> Self {
        Self::start(socks)
    }

    fn start(pass: fn(TcpStream, &Mutex<Vec<Passed>>) -> std::io::Result<()>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || pass(stream, &shared));
            }
        });
        Self { address, seen }
    }

    /// What it passed on so far.
    pub fn seen(&self) -> Vec<Passed> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn note(seen: &Mutex<Vec<Passed>>, host: &str, credentials: Option<String>) {
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(Passed { host: host.to_owned(), credentials });
}

/// One request: `GET http://host:port/path` becomes `GET /path` to that host.
fn http(client: TcpStream, seen: &Mutex<Vec<Passed>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let malformed = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let (method, rest) = line.split_once(" http://").ok_or_else(malformed)?;
    let (host, path) = rest.split_once('/').ok_or_else(malformed)?;
    let (mut head, mut credentials, mut length) = (format!("{method} /{path}"), None, 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        match header.trim().split_once(": ") {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("proxy-authorization") => credentials = Some(value.into()),
            Some((name, value)) => {
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.parse().unwrap_or(0);
                }
                head.push_str(&header);
            }
        }
    }
    note(seen, host, credentials);
    let mut server = TcpStream::connect(host)?;
    write!(server, "{head}\r\n")?;
    std::io::copy(&mut reader.take(length), &mut server)?;
    std::io::copy(&mut server, &mut &client)?;
    client.shutdown(std::net::Shutdown::Both)
}

/// RFC 1928 with RFC 1929: CONNECT alone.
fn socks(mut client: TcpStream, seen: &Mutex<Vec<Passed>>) -> std::io::Result<()> {
    let methods = counted(&mut client, 1)?;
    let credentials = if methods.contains(&2) {
        client.write_all(&[5, 2])?;
        let (user, password) = (counted(&mut client, 1)?, counted(&mut client, 0)?);
        client.write_all(&[1, 0])?;
        Some(format!("{}:{}", String::from_utf8_lossy(&user), String::from_utf8_lossy(&password)))
    } else {
        client.write_all(&[5, 0])?;
        None
    };
    let [_, _, _, kind] = read::<4>(&mut client)?;
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(&mut client)?).to_string(),
        3 => String::from_utf8_lossy(&counted(&mut client, 0)?).into_owned(),
        _ => return Err(std::io::ErrorKind::InvalidData.into()),
    };
    let port = u16::from_be_bytes(read::<2>(&mut client)?);
    note(seen, &host, credentials);
    let server = TcpStream::connect((host.as_str(), port))?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let (from, to) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut &from, &mut &to));
    std::io::copy(&mut &server, &mut client)?;
    client.shutdown(std::net::Shutdown::Both)
}

fn read<const N: usize>(stream: &mut TcpStream) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A field with its length in front, and `skipped` bytes before that.
fn counted(stream: &mut TcpStream, skipped: usize) -> std::io::Result<Vec<u8>> {
    for _ in 0..skipped {
        read::<1>(stream)?;
    }
    let [length] = read::<1>(stream)?;
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}
