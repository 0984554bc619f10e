"""The subject network: who the subject of a video is when nobody says so."""
