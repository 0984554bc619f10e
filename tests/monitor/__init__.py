"""The page of a live job, asked as a browser and as a program would."""
