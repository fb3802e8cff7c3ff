// Package ceql reads, prints and evaluates where clauses: the query language
// in which clients and pollers say which records of a resource they want.
//
//	status = 'OPEN' AND (total >= 100.50 OR `Modified Time` > '2024-05-02')
//
// # Promise
//
// [Parse] accepts every documented form of the language and answers anything
// else with a [SyntaxError] that names the column and what to write there. It
// does so in bounded space, whatever the text. The String method of a parsed
// expression prints one canonical text, and that text parses to an equal
// expression.
//
// # Language
//
// A comparison is a field, an operator and a value. The operators are
//
//	=  !=  <  <=  >  >=
//	[NOT] IN ('a', 'b')      IS [NOT] NULL
//	[NOT] LIKE 'a%'          [NOT] CONTAINS 'a'
//	[NOT] STARTS WITH 'a'    [NOT] ENDS WITH 'a'
//
// AND, OR and a leading NOT combine them; NOT binds tightest, then AND, then
// OR, and parentheses group. Case does not matter in keywords.
//
// A field is a bare dotted name, or any text in back-quotes, double quotes or
// single quotes. Quotes only protect characters: `a.b` and a.b are one field,
// because old configurations quote whole paths as well as names with dots.
//
// A value is a text in single quotes, a number, true or false. A bare word
// or date is taken as text, because a date macro without quotes expands to
// one. Between quotes, a quote is written twice or after a backslash; a
// backslash before a quote or another backslash is written twice, any other
// backslash stands for itself.
//
// # Meaning
//
// [Eval] is two-valued, unlike SQL: a positive test of a field that is missing
// or null is false, and a negative form (!=, NOT LIKE, NOT IN and so on) is
// true exactly where its positive form is false. Hence status != 'PAID' keeps
// the records without a status. See [Eval] for how values compare.
//
// # Refusals
//
// The package knows no vendor: translating an expression into a request, and
// deciding which expressions a vendor can take, is the caller's work, for
// which [Conjunction] serves the commonest case. It expands no macros and it
// does not decode URLs.
package ceql
