"""Tests of live streams against real servers."""
