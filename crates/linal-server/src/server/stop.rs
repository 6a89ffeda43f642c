//! The end of a server.

use std::io;
use std::time::{Duration, Instant};

use super::Server;
use crate::run::Reason;

/// Time that cancelled statements get to end.
const CANCELLED: Duration = Duration::from_secs(2);

/// The pause between two looks at what still runs.
const PAUSE: Duration = Duration::from_millis(10);

impl Server {
    /// Takes over the signals SIGTERM and SIGINT of the process.
    ///
    /// # Errors
    /// A process that cannot handle signals.
    pub fn signals(&self) -> io::Result<Signals> {
        let _context = self.app.runtime.enter();
        Signals::new()
    }

    /// Serves until a signal. Returns after the graceful stop; a second signal ends the process at once.
    pub fn serve_until(self, mut signals: Signals) {
        self.app.runtime.block_on(signals.next());
        self.app.runtime.spawn(async move {
            signals.next().await;
            std::process::exit(SECOND_SIGNAL);
        });
        self.stop();
    }

    /// Takes no new work, gives running statements the time of `drain`, cancels the rest, and ends.
    pub fn stop(mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        self.app.drain();
        self.wait(self.app.config.drain);
        self.app.queries.stop_all(Reason::Shutdown);
        self.wait(CANCELLED);
        // The receiver may be gone when the listener has failed.
        let _ = self.accepting.send(false);
        for connections in std::mem::take(&mut self.connections) {
            let _ = runtime.block_on(connections);
        }
        runtime.shutdown_timeout(CANCELLED);
    }

    /// Waits until nothing runs.
    fn wait(&self, most: Duration) {
        let start = Instant::now();
        while self.app.queries.active() > 0 && start.elapsed() < most {
            std::thread::sleep(PAUSE);
        }
    }
}

/// The exit code after a second signal, as a shell reports Ctrl-C.
const SECOND_SIGNAL: i32 = 130;

/// SIGTERM and SIGINT of the process.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
