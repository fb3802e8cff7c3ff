package bulk

// KindOf is kindOf, for tests.
var KindOf = kindOf
