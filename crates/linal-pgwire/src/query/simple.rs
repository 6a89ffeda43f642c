//! The simple protocol: a text of statements, and all their results as text.

use std::fmt::Debug;

use async_trait::async_trait;
use futures::{Sink, SinkExt};
use pgwire::api::portal::Format;
use pgwire::api::query::SimpleQueryHandler;
use pgwire::api::results::{Response, Tag};
use pgwire::api::store::PortalStore;
use pgwire::api::{ClientInfo, ClientPortalStore, PgWireConnectionState};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::data::RowDescription;
use pgwire::messages::response::{EmptyQueryResponse, ReadyForQuery, TransactionStatus};
use pgwire::messages::simplequery::Query;

use super::{Queries, run};
use crate::parameters::Bound;
use crate::results::Part;

#[async_trait]
impl SimpleQueryHandler for Queries {
    async fn on_query<C>(&self, client: &mut C, query: Query) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if !matches!(client.state(), PgWireConnectionState::ReadyForQuery) {
            return Err(PgWireError::NotReadyForQuery);
        }
        client.set_state(PgWireConnectionState::QueryInProgress);
        let text = query.query;
        let mut answers = run::start(&self.0, &text, Bound::default(), Format::UnifiedText, true).await?;
        let mut is_empty = true;
        while let Some(part) = answers.parts.recv().await {
            is_empty = false;
            match part {
                Part::Fields(fields) => {
                    let described = fields.iter().map(Into::into).collect();
                    client.feed(PgWireBackendMessage::RowDescription(RowDescription::new(described))).await?;
                }
                Part::Rows(rows) => {
                    for row in rows {
                        client.feed(PgWireBackendMessage::DataRow(row)).await?;
                    }
                }
                Part::Done(tag, rows) => {
                    let tag = super::extended::tag(&tag, rows);
                    client.feed(PgWireBackendMessage::CommandComplete(tag.into())).await?;
                }
            }
        }
        let ended = answers.end().await;
        // An open transaction, which the error makes a failed one.
        let is_open = self.0.status() != TransactionStatus::Idle;
        client.set_transaction_status(if is_open {
            TransactionStatus::Transaction
        } else {
            TransactionStatus::Idle
        });
        ended?;
        if is_empty {
            client.feed(PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new())).await?;
        }
        let status = self.0.status();
        client.set_transaction_status(status);
        client.set_state(PgWireConnectionState::ReadyForQuery);
        client.send(PgWireBackendMessage::ReadyForQuery(ReadyForQuery::new(status))).await?;
        Ok(())
    }

    async fn do_query<C>(&self, _: &mut C, _: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        // `on_query` sends the results itself, as they are made.
        Ok(vec![Response::Execution(Tag::new("SELECT"))])
    }
}
