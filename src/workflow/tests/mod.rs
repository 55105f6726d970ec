//! The room as a whole, against a service that plays what a test scripted.
