//! Queries of a session's statements.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_bind::CatalogView;
use linal_dataset::Result;
use linal_dataset::lineage::LineageRef;
use linal_dataset::sequence::Reservation;
use linal_lang::ast::relational::Query;
use linal_query::{History, Options, PhysicalQuery, QueryContext};

use super::Session;

impl Session {
    /// What a query reads and changes of the session.
    pub(crate) fn query_context(&mut self) -> QueryContext<'_> {
        QueryContext {
            variables: &mut self.variables,
            catalog: CatalogView {
                shared: &self.engine.catalog,
                private: self.transaction.as_ref().map(|transaction| &transaction.catalog),
                database: &self.database,
                own: &self.own,
            },
            execution: &self.context,
            settings: &self.settings,
            files: &self.files,
            planner: &mut self.planner,
            search_results: self.search_results.as_ref(),
            history: self.engine.durable.as_ref().map(|durable| durable as &dyn History),
            parameters: &self.parameters,
            notices: &mut self.notices,
            reservation: self.reservation.clone().map(|reservation| {
                reservation.watch(self.context.detached_control());
                reservation as Arc<dyn Reservation>
            }),
        }
    }

    /// Plans a query.
    pub(crate) fn plan_query(&mut self, query: &Query, options: Options) -> Result<PhysicalQuery> {
        self.query_context().plan_query(query, options)
    }

    /// Runs a plan.
    pub(crate) fn run_planned(&mut self, planned: &PhysicalQuery) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        self.query_context().run_planned(planned)
    }

    /// The lineage step of a dataset that holds a query's rows.
    pub(crate) fn query_lineage(&mut self, name: &str, text: &str, planned: &PhysicalQuery) -> LineageRef {
        self.query_context().query_lineage(name, text, planned)
    }
}
