pub mod api;
pub mod forms;
pub mod link;
pub mod links;
pub mod media;
pub mod pagination;
pub mod representation;
