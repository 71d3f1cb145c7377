//! Things in an order in which each comes after what it needs.

/// The places of `needs` in an order in which each comes after all that it needs: `needs[i]` lists the
/// places that `i` needs.
///
/// # Errors
/// A circle, with its first place again at its end.
pub fn needs_first(needs: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut search = Search { needs, done: vec![false; needs.len()], path: Vec::new(), order: Vec::new() };
    for place in 0..needs.len() {
        search.visit(place)?;
    }
    Ok(search.order)
}

struct Search<'a> {
    needs: &'a [Vec<usize>],
    done: Vec<bool>,
    /// What is being visited, each needing the next.
    path: Vec<usize>,
    order: Vec<usize>,
}

impl Search<'_> {
    fn visit(&mut self, place: usize) -> Result<(), Vec<usize>> {
        if let Some(at) = self.path.iter().position(|p| *p == place) {
            return Err(self.path[at..].iter().copied().chain([place]).collect());
        }
        if self.done[place] {
            return Ok(());
        }
        self.path.push(place);
        for need in &self.needs[place] {
            self.visit(*need)?;
        }
        self.path.pop();
        self.done[place] = true;
        self.order.push(place);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::needs_first;

    #[test]
    fn each_comes_after_what_it_needs() {
        assert_eq!(needs_first(&[vec![2], vec![], vec![1], vec![0, 1]]), Ok(vec![1, 2, 0, 3]));
    }

    #[test]
    fn a_circle_comes_back_whole_and_without_its_approach() {
        assert_eq!(needs_first(&[vec![1], vec![2], vec![3], vec![1]]), Err(vec![1, 2, 3, 1]));
        assert_eq!(needs_first(&[vec![0]]), Err(vec![0, 0]));
    }
}
