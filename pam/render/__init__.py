"""Training foregrounds with exact alpha, drawn by Blender's Python module.

`bpy` is imported in worker.py, stage.py and looks.py alone, which run as a process of their own;
everything else is arithmetic on arrays and needs numpy and OpenCV only.
"""
