//! Counters, as Prometheus reads them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::app::App;

/// The upper bounds of the histogram of durations, in seconds.
const BOUNDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// The counters of a server since its start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Requests by route, method and status.
    requests: Mutex<BTreeMap<(String, String, u16), u64>>,
    seconds: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    micros: AtomicU64,
    rows: AtomicU64,
    /// Open connections.
    pub connections: AtomicU64,
}

impl Metrics {
    /// Notes a request.
    pub fn request(&self, route: &str, method: &str, status: u16, elapsed: Duration) {
        let key = (route.to_owned(), method.to_owned(), status);
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        for (bound, bucket) in BOUNDS.iter().zip(&self.seconds) {
            if elapsed.as_secs_f64() <= *bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Notes the rows of results.
    pub fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// All values in the text format of Prometheus.
    pub fn text(&self, app: &App) -> String {
        let mut text = String::new();
        header(&mut text, "linal_requests_total", "counter", "Requests by route, method and status");
        for ((route, method, status), count) in
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(
                text,
                "linal_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}} {count}"
            );
        }
        self.histogram(&mut text);
        let (running, waiting) = app.scheduler.counts();
        let (pending, running_jobs) = app.jobs.counts().unwrap_or_default();
        let memory = app.engine.memory_used() as u64;
        let gauges = [
            ("linal_statements_running", "Statements that run", running as u64),
            ("linal_statements_queued", "Statements that wait", waiting as u64),
            ("linal_jobs_pending", "Jobs that wait", pending),
            ("linal_jobs_running", "Jobs that run", running_jobs),
            ("linal_sessions", "Sessions that are open", app.sessions.count() as u64),
            ("linal_connections", "Connections that are open", self.connections.load(Ordering::Relaxed)),
            ("linal_memory_bytes", "Bytes that all sessions hold", memory),
            ("linal_draining", "Whether the server is about to stop", u64::from(app.is_draining())),
        ];
        for (name, doc, value) in gauges {
            header(&mut text, name, "gauge", doc);
            let _ = writeln!(text, "{name} {value}");
        }
        header(&mut text, "linal_rows_returned_total", "counter", "Rows of results");
        let _ = writeln!(text, "linal_rows_returned_total {}", self.rows.load(Ordering::Relaxed));
        text
    }

    fn histogram(&self, text: &mut String) {
        let name = "linal_request_duration_seconds";
        header(text, name, "histogram", "How long requests took until their answer began");
        for (bound, bucket) in BOUNDS.iter().zip(&self.seconds) {
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {}", bucket.load(Ordering::Relaxed));
        }
        let count = self.count.load(Ordering::Relaxed);
        let seconds = self.micros.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = write!(
            text,
            "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {seconds}\n{name}_count {count}\n"
        );
    }
}

fn header(text: &mut String, name: &str, kind: &str, doc: &str) {
    let _ = write!(text, "# HELP {name} {doc}\n# TYPE {name} {kind}\n");
}
