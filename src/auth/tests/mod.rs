//! What holds for the room as a whole, over real sockets and real files: the browser's part of
//! a login, sessions shared by many, and the instance's answers.

mod device;
mod inspection;
mod listening;
mod logins;
mod races;
mod refresh;
mod storing;
mod support;
