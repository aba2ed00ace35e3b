use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Queue, WAITING};

/// Visitors who come at once: one page is in the making at any time, so many wait, the others are turned away; and when
/// all have been served there is room again.
#[tokio::test]
async fn one_page_at_a_time() {
    let (queue, making) = (Queue::new(), AtomicUsize::new(0));
    let visit = || {
        queue.wait_for(|| async {
            assert_eq!(making.fetch_add(1, Ordering::Relaxed), 0);
            tokio::task::yield_now().await;
            making.fetch_sub(1, Ordering::Relaxed);
            String::from("page")
        })
    };
    let (a, b, c, d, e, f) = tokio::join!(visit(), visit(), visit(), visit(), visit(), visit());
    let served = [a, b, c, d, e, f].iter().flatten().count();
    assert_eq!(served, 1 + WAITING);
    assert_eq!(visit().await.as_deref(), Some("page"));
}
