//! One client's connection and the one behind it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use super::frame::{Frame, api_key};
use super::{HeldRequest, Shared};

/// Both connections of a client.
#[derive(Debug)]
pub(super) struct Link {
    client: TcpStream,
    upstream: TcpStream,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Nothing passes any more, for good.
    silent: AtomicBool,
    over: AtomicBool,
    answered: Arc<AtomicU64>,
}

/// Bytes and when they may go on.
pub(super) type Delayed = (Instant, Vec<u8>);

impl Link {
    pub(super) fn open(client: TcpStream, shared: &Arc<Shared>) -> io::Result<Self> {
        let upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, shared.upstream))?;
        client.set_nodelay(true)?;
        upstream.set_nodelay(true)?;
        let state = Arc::new(State::default());
        state.silent.store(shared.faults().silent, Ordering::Relaxed);
        let link = Self { client, upstream, state };
        link.forward(shared)?;
        link.back(shared)?;
        Ok(link)
    }

    /// Breaks both connections.
    pub(super) fn cut(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.upstream.shutdown(Shutdown::Both);
    }

    pub(super) fn silence(&self) {
        self.state.silent.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.state.over.load(Ordering::Relaxed)
    }

    /// Starts passing on what the client sends.
    fn forward(&self, shared: &Arc<Shared>) -> io::Result<()> {
        let (delayed, due) = channel();
        write_when_due(self.upstream.try_clone()?, due)?;
        let mut client = self.client.try_clone()?;
        let (state, shared) = (Arc::clone(&self.state), Arc::clone(shared));
        let pass = move || {
            while let Ok(Frame::Request(bytes) | Frame::Opaque(bytes)) = Frame::read(&mut client) {
                if state.silent.load(Ordering::Relaxed) {
                    continue;
                }
                if holds(&shared, &bytes) {
                    // The broker's side stays open for the late request; the client's is gone.
                    let _ = client.shutdown(Shutdown::Both);
                    let answered = Arc::clone(&state.answered);
                    shared.faults().held.push(HeldRequest { bytes, upstream: delayed, answered });
                    shared.held.notify_all();
                    return;
                }
                if !send(&shared, &delayed, bytes) {
                    break;
                }
            }
            state.over.store(true, Ordering::Relaxed);
        };
        spawn("proxy-forward", pass)
    }

    /// Starts passing on what the broker answers.
    fn back(&self, shared: &Arc<Shared>) -> io::Result<()> {
        let (delayed, due) = channel();
        write_when_due(self.client.try_clone()?, due)?;
        let mut upstream = self.upstream.try_clone()?;
        let (state, shared) = (Arc::clone(&self.state), Arc::clone(shared));
        let pass = move || {
            let mut bytes = vec![0; 64 << 10];
            while let Ok(count @ 1..) = upstream.read(&mut bytes) {
                state.answered.fetch_add(count as u64, Ordering::Release);
                if !state.silent.load(Ordering::Relaxed) {
                    // A client that is gone gets nothing; its late request is answered all the same.
                    send(&shared, &delayed, bytes[..count].to_vec());
                }
            }
            state.over.store(true, Ordering::Relaxed);
        };
        spawn("proxy-back", pass)
    }
}

/// Whether this is the request that is to be held; the next one like it passes.
fn holds(shared: &Shared, bytes: &[u8]) -> bool {
    shared.faults().hold.take_if(|key| api_key(bytes) == Some(*key)).is_some()
}

fn send(shared: &Shared, delayed: &Sender<Delayed>, bytes: Vec<u8>) -> bool {
    let due = Instant::now() + shared.faults().delay;
    delayed.send((due, bytes)).is_ok()
}

/// Writes what comes once it is due; closes the connection after the last of it.
fn write_when_due(mut to: TcpStream, due: Receiver<Delayed>) -> io::Result<()> {
    let write = move || {
        for (at, bytes) in due {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    };
    spawn("proxy-write", write)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}
