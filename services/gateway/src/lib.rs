//! The edge: one router, its limits, its errors and its documentation.
