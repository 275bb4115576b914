pub mod cors;
pub mod limits;
pub mod metrics;
pub mod request_log;
pub mod trace;
