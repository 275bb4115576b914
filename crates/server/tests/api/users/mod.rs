//! The operations on users, one file each, and the rules that several of them share.

mod change_password;
mod create;
mod delete;
mod email_addresses;
mod export;
mod external_id;
mod get;
mod last_admin;
mod list;
mod register;
mod replace_email;
mod suspend;
mod update;
