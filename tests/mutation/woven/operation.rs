
impl OperationSpec {
    /// The value that the chosen mutant gives to a column of this row.
    fn mutated(&self, column: &str) -> Option<&'static str> {
        let (id, rest) = usher_domain::mutant().strip_prefix("table ")?.split_once(' ')?;
        let (name, value) = rest.split_once(' ')?;
        (id == self.id && name == column).then_some(value)
    }

    pub fn authentication(&self) -> Authentication {
        let all = || crate::table::OPERATIONS.iter().map(|spec| spec.authentication);
        let named = |value| all().find(|authentication| format!("{authentication:?}") == value).unwrap();
        self.mutated("authentication").map_or(self.authentication, named)
    }

    pub fn action(&self) -> Action {
        let all = || crate::table::OPERATIONS.iter().map(|spec| spec.action);
        let named = |value| all().find(|action| format!("{action:?}") == value).unwrap();
        self.mutated("action").or_else(|| self.mutated("meaning")).map_or(self.action, named)
    }

    pub fn negotiated(&self) -> bool {
        self.mutated("negotiated").map_or(self.response.negotiated, |value| value == "true")
    }

    pub fn affordances(&self) -> &'static [Affordance] {
        let Some((nth, kind)) = self.mutated("affordance").and_then(|value| value.split_once(' ')) else {
            return self.affordances;
        };
        let all = || crate::table::OPERATIONS.iter().flat_map(|spec| spec.affordances).map(|affordance| affordance.on);
        let kind = all().find(|other| format!("{other:?}") == kind);
        let mut affordances = self.affordances.to_vec();
        let affordance = affordances.remove(nth.parse().unwrap());
        affordances.extend(kind.map(|on| Affordance { on, ..affordance }));
        Box::leak(affordances.into_boxed_slice())
    }

    pub fn field_permissions(&self) -> &'static [(&'static str, Action)] {
        let Some(nth) = self.mutated("permission") else { return self.field_permissions };
        let mut permissions = self.field_permissions.to_vec();
        permissions.remove(nth.parse().unwrap());
        Box::leak(permissions.into_boxed_slice())
    }
}
