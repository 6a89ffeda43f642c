//! Sessions that are kept between requests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use linal::Session;
use linal_error::Code;
use tokio::sync::Mutex as AsyncMutex;

use super::lease::Lease;
use super::stop::{Reason, Stop};
use crate::http::{ApiError, ApiResult};

/// The sessions of a server.
#[derive(Debug)]
pub struct Sessions {
    idle: Duration,
    most: usize,
    queue: usize,
    all: Mutex<HashMap<String, Arc<Kept>>>,
}

/// A session. Its requests run one after the other, in the order of arrival.
#[derive(Debug)]
struct Kept {
    /// The name of the token that made it, which alone may use it.
    owner: Option<Arc<str>>,
    session: Arc<AsyncMutex<Session>>,
    /// Requests that use it or wait for it.
    users: AtomicUsize,
    /// Connections that it is of.
    pins: AtomicUsize,
    /// When the last request ended, and what stops the one that runs.
    last: Mutex<(Instant, Option<Stop>)>,
}

impl Kept {
    fn last(&self) -> MutexGuard<'_, (Instant, Option<Stop>)> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time until it ends.
    fn left(&self, idle: Duration) -> Duration {
        let is_used = self.users.load(Ordering::SeqCst) > 0 || self.pins.load(Ordering::SeqCst) > 0;
        if is_used { idle } else { idle.saturating_sub(self.last().0.elapsed()) }
    }
}

/// A use of a kept session. The time until it ends begins anew when this is dropped.
#[derive(Debug)]
pub struct Use {
    kept: Arc<Kept>,
    role: Role,
}

/// What a [`Use`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It waits for the session.
    Waits,
    /// It has the session.
    Has,
    /// It keeps the session from ending.
    Pins,
}

impl Drop for Use {
    fn drop(&mut self) {
        let mut last = self.kept.last();
        last.0 = Instant::now();
        if self.role == Role::Has {
            last.1 = None;
        }
        drop(last);
        let count = if self.role == Role::Pins { &self.kept.pins } else { &self.kept.users };
        count.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Sessions {
    /// Sessions that end when no request has used them for `idle`; at most so many, and so many waiting
    /// requests each.
    pub fn new(idle: Duration, most: usize, queue: usize) -> Sessions {
        Sessions { idle, most, queue, all: Mutex::default() }
    }

    /// Keeps a session; returns its id.
    ///
    /// # Errors
    /// 429 when there are as many as there may be; 500 without random numbers.
    pub fn add(&self, session: Session, owner: Option<Arc<str>>) -> ApiResult<String> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(|_| ApiError::new(Code::InternalError, "no random numbers"))?;
        let id: String = bits.iter().map(|byte| format!("{byte:02x}")).collect();
        self.sweep();
        let mut all = self.lock();
        if all.len() >= self.most {
            return Err(ApiError::new(Code::QueueFull, "there are as many sessions as there may be"));
        }
        let kept = Kept {
            owner,
            session: Arc::new(AsyncMutex::new(session)),
            users: AtomicUsize::new(0),
            pins: AtomicUsize::new(0),
            last: Mutex::new((Instant::now(), None)),
        };
        all.insert(id.clone(), Arc::new(kept));
        Ok(id)
    }

    /// Waits for a session, which `stop` stops when the session is deleted.
    ///
    /// # Errors
    /// 404 for one that does not exist, has ended, or belongs to another token; 409 when too many wait for it.
    pub async fn lease(&self, id: &str, owner: Option<&str>, stop: &Stop) -> ApiResult<(Lease, Use)> {
        let kept = self.find(id, owner)?;
        let before = kept.users.fetch_add(1, Ordering::SeqCst);
        let mut using = Use { kept: kept.clone(), role: Role::Waits };
        if before > self.queue {
            let message = "as many requests as may wait for the session are waiting already";
            return Err(ApiError::new(Code::SessionBusy, message));
        }
        let session = kept.session.clone().lock_owned().await;
        // It may have been deleted meanwhile.
        self.find(id, owner)?;
        kept.last().1 = Some(stop.clone());
        using.role = Role::Has;
        Ok((Lease::Kept(session), using))
    }

    /// Keeps a session from ending by itself until the use is dropped, as that of a connection.
    ///
    /// # Errors
    /// 404 as for [`Sessions::lease`].
    pub fn pin(&self, id: &str, owner: Option<&str>) -> ApiResult<Use> {
        let kept = self.find(id, owner)?;
        kept.pins.fetch_add(1, Ordering::SeqCst);
        Ok(Use { kept, role: Role::Pins })
    }

    /// The time until a session ends.
    ///
    /// # Errors
    /// 404 as for [`Sessions::lease`].
    pub fn left(&self, id: &str, owner: Option<&str>) -> ApiResult<Duration> {
        Ok(self.find(id, owner)?.left(self.idle))
    }

    /// Ends a session, and stops what runs in it.
    ///
    /// # Errors
    /// 404 as for [`Sessions::lease`].
    pub fn remove(&self, id: &str, owner: Option<&str>) -> ApiResult<()> {
        let kept = self.find(id, owner)?;
        self.lock().remove(id);
        if let Some(stop) = &kept.last().1 {
            stop.request(Reason::Cancelled);
        }
        Ok(())
    }

    /// Drops the sessions whose time is over.
    pub fn sweep(&self) {
        let mut ended = Vec::new();
        self.lock().retain(|_, kept| {
            let has_ended = kept.left(self.idle).is_zero();
            if has_ended {
                ended.push(kept.clone());
            }
            !has_ended
        });
        // Tensors are freed without the lock.
        drop(ended);
    }

    /// The number of sessions.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn find(&self, id: &str, owner: Option<&str>) -> ApiResult<Arc<Kept>> {
        let known = self.lock().get(id).cloned();
        let visible = known.filter(|kept| kept.owner.as_deref() == owner && !kept.left(self.idle).is_zero());
        visible.ok_or_else(|| {
            ApiError::new(Code::NotFound, "there is no such session; it may have ended")
                .with_help("POST /sessions makes one")
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Kept>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal::Engine;

    #[tokio::test]
    async fn a_session_is_used_by_one_request_at_a_time() {
        let sessions = Sessions::new(Duration::from_secs(60), 2, 1);
        let engine = Engine::default();
        let id = sessions.add(engine.session(), Some("t".into())).unwrap();
        assert!(sessions.left(&id, None).is_err() && sessions.left("x", Some("t")).is_err());
        let stop = Stop::default();
        let held = sessions.lease(&id, Some("t"), &stop).await.unwrap();
        let (second, third) = (Stop::default(), Stop::default());
        let mut waiting = Box::pin(sessions.lease(&id, Some("t"), &second));
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        let full = sessions.lease(&id, Some("t"), &third).await;
        assert_eq!(full.err().unwrap().status().as_u16(), 409);
        sessions.remove(&id, Some("t")).unwrap();
        assert_eq!(stop.reason(), Some(Reason::Cancelled));
        drop(held);
        assert_eq!(waiting.await.err().unwrap().status().as_u16(), 404);
    }

    #[tokio::test]
    async fn unused_sessions_end() {
        let sessions = Sessions::new(Duration::ZERO, 1, 1);
        let engine = Engine::default();
        let id = sessions.add(engine.session(), None).unwrap();
        assert!(sessions.left(&id, None).is_err());
        // The ended one makes room.
        sessions.add(engine.session(), None).unwrap();
        sessions.sweep();
        assert_eq!(sessions.count(), 0);
        let full = Sessions::new(Duration::from_secs(60), 1, 1);
        full.add(engine.session(), None).unwrap();
        assert_eq!(full.add(engine.session(), None).unwrap_err().status().as_u16(), 429);
    }
}
