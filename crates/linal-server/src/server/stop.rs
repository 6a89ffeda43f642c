//! The end of a server.

use std::time::{Duration, Instant};

use super::Server;
use crate::run::Reason;

/// Time that cancelled statements get to end.
const CANCELLED: Duration = Duration::from_secs(2);

/// The pause between two looks at what still runs.
const PAUSE: Duration = Duration::from_millis(10);

impl Server {
    /// Serves until a signal: SIGTERM or SIGINT. Returns after the graceful stop; a second signal ends the
    /// process at once.
    pub fn wait_for_signal(self) {
        let Some(runtime) = &self.runtime else { return };
        runtime.block_on(signal());
        runtime.spawn(async {
            signal().await;
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
        if let Some(connections) = self.connections.take() {
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

/// Waits for SIGTERM or SIGINT.
#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        // Without a handler the signal ends the process, which is acceptable.
        _ => std::future::pending().await,
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
