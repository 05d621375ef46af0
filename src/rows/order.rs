//! Sorting, compiled once, and by a heap: the standard sort is ten kilobytes of component, a heap is one.

/// Sorts items by a text of each. Items with equal texts keep their order.
pub fn sort_by_text<T>(items: &mut Vec<T>, text: impl Fn(&T) -> &str) {
    if items.len() < 2 {
        return;
    }
    let texts: Vec<&str> = items.iter().map(text).collect();
    let order = order(&texts);
    let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|position| unsorted.get_mut(position as usize)?.take()));
}

/// Positions of texts in ascending order.
fn order(texts: &[&str]) -> Vec<u32> {
    let mut positions: Vec<u32> = (0..).take(texts.len()).collect();
    let key = |position: u32| (texts.get(position as usize), position);
    sort_in_place(&mut positions, &|a, b| key(a) < key(b));
    positions
}

/// Sorts numbers where they lie, by whether the first of two belongs before the second. Compares each about as often as
/// their number has binary digits.
#[inline(never)]
pub fn sort_in_place(numbers: &mut [u32], is_before: &dyn Fn(u32, u32) -> bool) {
    let length = numbers.len();
    for root in (0..length / 2).rev() {
        sift(numbers, root, is_before);
    }
    for end in (1..length).rev() {
        numbers.swap(0, end);
        sift(&mut numbers[..end], 0, is_before);
    }
}

/// Brings what is at `root` to its place in the heap below: down along the larger ones to the bottom, and up from there,
/// which is not far.
#[inline(never)]
fn sift(heap: &mut [u32], root: usize, is_before: &dyn Fn(u32, u32) -> bool) {
    let mut leaf = root;
    while let Some(left) = heap.get(2 * leaf + 1) {
        let is_right = heap.get(2 * leaf + 2).is_some_and(|right| is_before(*left, *right));
        leaf = 2 * leaf + 1 + usize::from(is_right);
    }
    let moved = heap[root];
    while leaf != root && is_before(heap[leaf], moved) {
        leaf = (leaf - 1) / 2;
    }
    let mut displaced = moved;
    while leaf != root {
        std::mem::swap(&mut heap[leaf], &mut displaced);
        leaf = (leaf - 1) / 2;
    }
    heap[root] = displaced;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_like_the_standard_sort(words in proptest::collection::vec("[a-c]{0,2}", 0..20)) {
            let mut items: Vec<(String, usize)> = words.into_iter().zip(0..).collect();
            let mut expected = items.clone();
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            super::sort_by_text(&mut items, |item| &item.0);
            prop_assert_eq!(items, expected);
        }

        #[test]
        fn numbers_are_sorted_where_they_lie(numbers in proptest::collection::vec(0_u32..50, 0..200)) {
            let (mut sorted, mut expected) = (numbers.clone(), numbers);
            expected.sort_unstable();
            super::sort_in_place(&mut sorted, &|a, b| a < b);
            prop_assert_eq!(sorted, expected);
        }
    }
}
