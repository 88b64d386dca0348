//! Words any NHS program needs: numbers, codes, ids, calendar and working time.
