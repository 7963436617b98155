//! How a fault begins, how long it lasts, and how it ends.

use crate::faults::{Fault, Kind};
use crate::feeder::{Extra, Feeder};
use crate::instances::Instances;
use crate::recovery::{Positions, Progress};
use crate::support::{Job, Running, eventually};
use crate::world::{SESSION, TRANSACTION, way};
use bystander_testkit::{KafkaCluster, proxy::api};
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// How much a slow network adds in each direction.
const DELAY: Duration = Duration::from_millis(150);
/// How long to wait for the request that a fault is meant for.
const CATCH: Duration = Duration::from_secs(60);
const SCRAPERS: usize = 40;
/// Every log of a broker under load is larger than this soon.
const FULL: u64 = 64 << 10;
/// Instances at the height of a storm.
const CROWD: usize = 5;

/// Everything that faults are done to.
pub(crate) struct Field<'a> {
    /// The job.
    pub(crate) job: &'a Job<'a>,
    /// Its instances.
    pub(crate) instances: Instances<'a>,
    /// Its load.
    pub(crate) feeder: Feeder,
    /// Its committed positions.
    pub(crate) progress: Progress<'a>,
}

/// A fault that lasts.
pub(crate) struct Wound {
    fault: Fault,
    began: Instant,
    what: Lasting,
}

enum Lasting {
    Nothing,
    Frozen(Running, Positions),
    Scrapers(Vec<TcpStream>),
}

impl Field<'_> {
    /// Begins a fault.
    pub(crate) fn inject(&mut self, fault: Fault) -> Wound {
        let began = Instant::now();
        let mut what = Lasting::Nothing;
        match fault.kind {
            Kind::Kill => self.instances.kill(fault.victim),
            Kind::Terminate => self.instances.terminate(fault.victim),
            Kind::Freeze | Kind::Zombie => {
                let frozen = self.instances.freeze(fault.victim);
                self.instances.add();
                what = Lasting::Frozen(frozen, self.progress.now());
            }
            Kind::Storm => self.crowd(),
            Kind::DeafScrapers => what = Lasting::Scrapers(self.scrapers()),
            Kind::AbortedInput => self.feeder.feed(Extra::Aborted),
            Kind::OpenInput => self.feeder.feed(Extra::Open),
            Kind::BadInput => self.feeder.feed(Extra::Bad),
            Kind::RemovedInput => self.remove(fault.victim),
            _ => self.inject_into_clusters(fault.kind),
        }
        Wound { fault, began, what }
    }

    fn inject_into_clusters(&self, kind: Kind) {
        let (live, shadow) = (self.job.live(), self.job.shadow());
        match kind {
            Kind::LiveKilled => live.kill_broker(0).unwrap(),
            Kind::LiveRolled => live.stop_broker(0).unwrap(),
            Kind::LivePaused => live.pause_broker(0).unwrap(),
            Kind::ShadowKilled => shadow.kill_broker(0).unwrap(),
            Kind::ShadowRolled => shadow.stop_broker(0).unwrap(),
            Kind::ShadowPaused => shadow.pause_broker(0).unwrap(),
            Kind::LiveFull => fill_up(live),
            Kind::ShadowFull => fill_up(shadow),
            Kind::LiveDelayed => way(live).delay(DELAY),
            Kind::ShadowDelayed => way(shadow).delay(DELAY),
            Kind::LiveReset => way(live).cut(),
            Kind::ShadowReset => way(shadow).cut(),
            Kind::LiveHalfOpen => way(live).silence(true),
            Kind::ShadowHalfOpen => way(shadow).silence(true),
            Kind::LateEnd => way(shadow).hold_next(api::END_TXN),
            Kind::LostRecords => way(shadow).hold_next(api::PRODUCE),
            other => unreachable!("{other:?} is not of clusters"),
        }
    }

    /// Waits until the fault has lasted.
    pub(crate) fn last(&mut self, wound: &Wound) {
        match &wound.what {
            Lasting::Frozen(_, since) => {
                let others = "others have taken over from an instance that stands still";
                self.progress.everywhere(others, &mut self.instances, since);
                if wound.fault.kind == Kind::Freeze {
                    let least = SESSION.max(TRANSACTION) + Duration::from_secs(1);
                    std::thread::sleep(least.saturating_sub(wound.began.elapsed()));
                }
            }
            Lasting::Nothing if matches!(wound.fault.kind, Kind::LiveFull | Kind::ShadowFull) => {
                let cluster =
                    if wound.fault.kind == Kind::LiveFull { self.job.live() } else { self.job.shadow() };
                eventually("the broker has ended", Duration::from_secs(300), || !is_up(cluster));
            }
            _ => std::thread::sleep(wound.fault.lasts.saturating_sub(wound.began.elapsed())),
        }
    }

    /// Ends the fault.
    pub(crate) fn heal(&mut self, wound: Wound) {
        match (wound.fault.kind, wound.what) {
            (_, Lasting::Frozen(frozen, _)) => self.instances.thaw(frozen),
            (_, Lasting::Scrapers(scrapers)) => drop(scrapers),
            (Kind::Kill | Kind::Terminate, _) => self.instances.add(),
            (Kind::RemovedInput, _) => self.instances.signal_all("CONT"),
            (Kind::Storm, _) => self.disperse(wound.fault.victim),
            (kind, Lasting::Nothing) => self.heal_clusters(kind),
        }
    }

    fn heal_clusters(&self, kind: Kind) {
        let (live, shadow) = (self.job.live(), self.job.shadow());
        let restart = |cluster: &KafkaCluster| cluster.restart_broker(0).unwrap();
        match kind {
            Kind::LiveKilled | Kind::LiveRolled | Kind::LiveFull => restart(live),
            Kind::ShadowKilled | Kind::ShadowRolled | Kind::ShadowFull => restart(shadow),
            Kind::LivePaused => live.resume_broker(0).unwrap(),
            Kind::ShadowPaused => shadow.resume_broker(0).unwrap(),
            Kind::LiveDelayed => way(live).delay(Duration::ZERO),
            Kind::ShadowDelayed => way(shadow).delay(Duration::ZERO),
            Kind::LiveHalfOpen => way(live).silence(false),
            Kind::ShadowHalfOpen => way(shadow).silence(false),
            // The broker may have closed the connection meanwhile; then the request is lost.
            Kind::LateEnd => drop(way(shadow).held(CATCH).expect("a transaction ended").release()),
            Kind::LostRecords => drop(way(shadow).held(CATCH).expect("records were sent")),
            _ => {}
        }
    }

    /// Puts the number of instances back to two after a fault that left one more.
    pub(crate) fn settle(&mut self, victim: usize) {
        while self.instances.count() > 2 {
            self.instances.terminate(victim);
        }
    }

    fn crowd(&mut self) {
        while self.instances.count() < CROWD {
            self.instances.add();
        }
    }

    /// One is killed, and the others leave in order.
    fn disperse(&mut self, victim: usize) {
        self.instances.kill(victim);
        self.settle(victim + 1);
    }

    /// Deletes records that instances which stand still have yet to read, on one partition of each input.
    fn remove(&mut self, partition: usize) {
        let partition = i32::try_from(partition).unwrap();
        self.instances.signal_all("STOP");
        let read = self.progress.now();
        for topic in [&self.job.plan.orders, &self.job.plan.quotes] {
            let position = read[&format!("{topic}/{partition}")];
            let end = || self.job.live().end_offsets(topic).unwrap()[&partition];
            eventually("records come that nobody reads", Duration::from_secs(300), || end() > position + 40);
            self.job.remove_records(topic, partition, position + 20);
        }
    }

    /// Connections that have asked for metrics many times and read nothing.
    fn scrapers(&self) -> Vec<TcpStream> {
        let mut scrapers = Vec::new();
        for instance in self.instances.all() {
            let Some(address) = instance.address() else { continue };
            for _ in 0..SCRAPERS {
                // An instance may refuse more connections than it can bear.
                let Ok(mut stream) = TcpStream::connect(&address) else { continue };
                let asked = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\n\r\n").repeat(20);
                let _ = stream.write_all(asked.as_bytes());
                scrapers.push(stream);
            }
        }
        scrapers
    }
}

/// From now on a write that makes one of the broker's files larger than this fails, as it does on a full disk. The broker
/// gives up its only log folder then, and ends.
fn fill_up(cluster: &KafkaCluster) {
    let (pid, limit) = (cluster.pids()[0].to_string(), format!("--fsize={FULL}"));
    assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
}

fn is_up(cluster: &KafkaCluster) -> bool {
    std::path::Path::new(&format!("/proc/{}", cluster.pids()[0])).exists()
}
