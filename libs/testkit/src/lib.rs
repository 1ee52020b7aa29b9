//! What tests share: a database per test on both engines, a clock that obeys.
