//! `glduo doctor`: GitLab, the gateway or this machine is so, and the checks say so. `troubles`
//! holds the documentation's troubleshooting, line by line, `shown` how it looks.

mod credentials;
mod place;
mod servers;
mod shown;
mod troubles;
