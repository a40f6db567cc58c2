// The include folder of the tests.
