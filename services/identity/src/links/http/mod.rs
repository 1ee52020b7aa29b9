//! The endpoints of links: one file each.

pub(crate) mod link_pages;
mod problems;
