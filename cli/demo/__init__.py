"""The main job as a story: a hub and two providers as processes of their own, departments with their own keys, every step for real."""
