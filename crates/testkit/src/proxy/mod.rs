//! A proxy between a client and a broker that delays, holds, cuts and swallows what passes.
//!
//! Bytes are passed on unchanged. A client's requests are recognised by their API key, so that a fault can wait for the
//! request that it is meant for; an encrypted connection is passed on without that.

mod frame;
mod held;
mod link;

use parking_lot::{Condvar, Mutex, MutexGuard};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub use self::held::HeldRequest;
use self::link::Link;

/// API keys of the requests that faults are made for, as the Kafka protocol numbers them.
pub mod api {
    /// Records to a partition.
    pub const PRODUCE: i16 = 0;
    /// Records from partitions.
    pub const FETCH: i16 = 1;
    /// Who may write under a transactional id.
    pub const INIT_PRODUCER_ID: i16 = 22;
    /// Partitions that a transaction will write to.
    pub const ADD_PARTITIONS_TO_TXN: i16 = 24;
    /// The end of a transaction, either way.
    pub const END_TXN: i16 = 26;
}

/// A proxy on a port of the loopback interface; it ends, with all its connections, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

/// What goes wrong at present.
#[derive(Debug, Default)]
struct Faults {
    delay: Duration,
    silent: bool,
    hold: Option<i16>,
    held: Vec<HeldRequest>,
}

#[derive(Debug)]
struct Shared {
    upstream: u16,
    faults: Mutex<Faults>,
    held: Condvar,
    links: Mutex<Vec<Link>>,
    ended: AtomicBool,
}

impl Shared {
    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock()
    }

    fn links(&self) -> MutexGuard<'_, Vec<Link>> {
        self.links.lock()
    }
}

impl Proxy {
    /// Listens on `port` (0 takes a free one) and passes everything on to `upstream`, both on the loopback interface.
    /// Nothing needs to listen there yet.
    ///
    /// # Errors
    /// When the port is taken or no thread can be started.
    pub fn start(port: u16, upstream: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            upstream,
            faults: Mutex::default(),
            held: Condvar::new(),
            links: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::Builder::new().name("proxy".to_owned()).spawn(move || accept(&listener, &accepting))?;
        Ok(Self { port, shared })
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Delays everything by so much in each direction from now on; the rate stays the same. Zero ends it.
    pub fn delay(&self, by: Duration) {
        self.shared.faults().delay = by;
    }

    /// Keeps the next request of this kind from the broker and breaks the client's connection, as a network does that
    /// loses an answer. The connection to the broker stays open: [`HeldRequest::release`] delivers the request late.
    pub fn hold_next(&self, api_key: i16) {
        self.shared.faults().hold = Some(api_key);
    }

    /// The request that was held, as soon as there is one; `None` when `patience` ends first.
    #[must_use]
    pub fn held(&self, patience: Duration) -> Option<HeldRequest> {
        let deadline = Instant::now() + patience;
        let mut faults = self.shared.faults();
        loop {
            if let Some(request) = faults.held.pop() {
                return Some(request);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            self.shared.held.wait_for(&mut faults, left);
        }
    }

    /// Breaks all connections; new ones are made as ever.
    pub fn cut(&self) {
        self.shared.links().drain(..).for_each(|link| link.cut());
    }

    /// While silent, connections stay open and nothing passes, as when the other side has vanished. Those that were open
    /// meanwhile stay dead after it, because what they lost does not come back.
    pub fn silence(&self, silent: bool) {
        self.shared.faults().silent = silent;
        if silent {
            self.shared.links().iter().for_each(Link::silence);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        self.cut();
        // Wakes the thread that accepts; it may be gone already.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.ended.load(Ordering::Relaxed) {
            return;
        }
        // A broker that is away refuses its clients; so does this.
        let link = client.and_then(|client| Link::open(client, shared));
        if let Ok(link) = link {
            let mut links = shared.links();
            links.retain(|link| !link.is_over());
            links.push(link);
        }
    }
}
