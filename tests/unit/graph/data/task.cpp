// A source that job descriptions of the tests name.
