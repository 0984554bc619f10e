"""Scene parts shared by every picture: strands, meshes, light, camera and the render call.

Blender's own Python module (`bpy`) is imported here and in the modules that use this one, each of
which runs as a process of its own. Axes: x right, y away from the camera, z up; lengths in metres.
"""

from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from mathutils.kdtree import KDTree

TO_SUN = np.array([-0.70, 0.22, 0.62]) / np.linalg.norm([-0.70, 0.22, 0.62])


def reset() -> bpy.types.Scene:
    """An empty scene on the Cycles CPU renderer with a transparent film."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.seed = 1
    scene.cycles.max_bounces = 6
    scene.cycles.transmission_bounces = 6
    scene.cycles.transparent_max_bounces = 24
    scene.cycles.sample_clamp_indirect = 4.0
    scene.cycles.pixel_filter_type = "BLACKMAN_HARRIS"
    scene.cycles_curves.shape = "RIBBONS"
    scene.render.film_transparent = True
    return scene


def daylight(
    scene: bpy.types.Scene, sun: float = 4.0, sky: float = 0.35, warm: float = 0.82
) -> None:
    """A sun lamp shining from TO_SUN and a blue sky without its disc; strengths in W/m2."""
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.energy, lamp.angle, lamp.color = sun, 0.02, (1.0, warm**0.5, warm**1.4)
    place(scene, "sun", lamp).rotation_euler = Vector(TO_SUN).to_track_quat("Z", "Y").to_euler()
    world = bpy.data.worlds.new("sky")
    scene.world = world
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    texture = nodes.new("ShaderNodeTexSky")
    texture.sky_type, texture.sun_disc = "NISHITA", False
    texture.sun_elevation = float(np.arcsin(TO_SUN[2]))
    texture.sun_rotation = float(np.arctan2(TO_SUN[0], TO_SUN[1]))
    nodes["Background"].inputs["Strength"].default_value = sky
    links.new(texture.outputs["Color"], nodes["Background"].inputs["Color"])


def meadow_floor(scene: bpy.types.Scene, height: float = 0.0) -> None:
    """A green floor the camera does not see: light from below, and a horizon in wet eyes."""
    mesh = bpy.data.meshes.new("floor")
    far = 200.0
    mesh.from_pydata(
        [(-far, -far, height), (far, -far, height), (far, far, height), (-far, far, height)],
        [],
        [(0, 1, 2, 3)],
    )
    mesh.materials.append(material("floor", (0.13, 0.15, 0.05), Roughness=0.9))
    place(scene, "floor", mesh).visible_camera = False


def place(scene: bpy.types.Scene, name: str, contents: bpy.types.ID) -> bpy.types.Object:
    """Put a mesh, lamp, camera or curve set into the scene."""
    thing = bpy.data.objects.new(name, contents)
    scene.collection.objects.link(thing)
    return thing


def camera(
    scene: bpy.types.Scene,
    eye: tuple,
    target: tuple,
    *,
    ortho: float = 0.0,
    lens: float = 50.0,
    focus: float = 0.0,
    fstop: float = 2.8,
) -> bpy.types.Object:
    """Look from eye to target; ortho > 0 is the width seen without perspective, in metres."""
    lens_data = bpy.data.cameras.new("camera")
    lens_data.lens, lens_data.clip_end = lens, 2000.0
    if ortho:
        lens_data.type, lens_data.ortho_scale = "ORTHO", ortho
    if focus:
        lens_data.dof.use_dof, lens_data.dof.focus_distance = True, focus
        lens_data.dof.aperture_fstop = fstop
    thing = place(scene, "camera", lens_data)
    thing.location = eye
    thing.rotation_euler = (Vector(target) - Vector(eye)).to_track_quat("-Z", "Y").to_euler()
    scene.camera = thing
    return thing


def material(name: str, colour: tuple = (0.8, 0.8, 0.8), **inputs: float) -> bpy.types.Material:
    """A Principled BSDF; keyword names are its sockets with `_` for a space (`Roughness=0.3`)."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    for key, value in inputs.items():
        shader.inputs[key.replace("_", " ")].default_value = value
    return made


def tinted(name: str, socket: str = "Base Color", translucency: float = 0.0) -> bpy.types.Material:
    """A matt material coloured by the attribute `tint`, for leaves and blades of grass."""
    made = material(name, Roughness=0.55, Specular_IOR_Level=0.25)
    nodes, links = made.node_tree.nodes, made.node_tree.links
    colour = nodes.new("ShaderNodeAttribute")
    colour.attribute_name = "tint"
    links.new(colour.outputs["Color"], nodes["Principled BSDF"].inputs[socket])
    if translucency:
        thin, mix = nodes.new("ShaderNodeBsdfTranslucent"), nodes.new("ShaderNodeMixShader")
        mix.inputs["Fac"].default_value = translucency
        links.new(colour.outputs["Color"], thin.inputs["Color"])
        links.new(nodes["Principled BSDF"].outputs["BSDF"], mix.inputs[1])
        links.new(thin.outputs["BSDF"], mix.inputs[2])
        links.new(mix.outputs["Shader"], nodes["Material Output"].inputs["Surface"])
    return made


def hair_material(name: str = "hair", roughness: float = 0.35) -> bpy.types.Material:
    """Principled Hair BSDF coloured by the per-strand attribute `tint`."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    shader, colour = nodes.new("ShaderNodeBsdfHairPrincipled"), nodes.new("ShaderNodeAttribute")
    shader.parametrization = "COLOR"
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Random Roughness"].default_value = 0.3
    colour.attribute_name = "tint"
    links.new(colour.outputs["Color"], shader.inputs["Color"])
    links.new(shader.outputs["BSDF"], nodes["Material Output"].inputs["Surface"])
    return made


def strands(
    scene: bpy.types.Scene,
    name: str,
    points: np.ndarray,
    width: np.ndarray,
    tint: np.ndarray,
    look: bpy.types.Material,
) -> bpy.types.Object:
    """Hair curves. points (N, K, 3) root to tip; width (N,) at the root, metres; tint (N, 3)."""
    count, keys = points.shape[:2]
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([keys] * count)
    curves.points.foreach_set("position", points.astype(np.float32).ravel())
    taper = np.clip(1.15 - np.linspace(0.0, 1.0, keys) ** 1.5, 0.12, 1.0)
    radius = curves.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", (0.5 * width[:, None] * taper).astype(np.float32).ravel())
    colour = curves.attributes.new("tint", "FLOAT_COLOR", "CURVE")
    rgba = np.concatenate([tint, np.ones((count, 1))], axis=1)
    colour.data.foreach_set("color", rgba.astype(np.float32).ravel())
    curves.materials.append(look)
    return place(scene, name, curves)


def facets(
    scene: bpy.types.Scene,
    name: str,
    corners: np.ndarray,
    tint: np.ndarray,
    look: bpy.types.Material,
) -> bpy.types.Object:
    """Loose polygons, for leaves. corners (N, C, 3); tint (N, 3)."""
    count, sides = corners.shape[:2]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(
        corners.reshape(-1, 3).tolist(), [], np.arange(count * sides).reshape(count, sides).tolist()
    )
    colour = mesh.attributes.new("tint", "FLOAT_COLOR", "FACE")
    rgba = np.concatenate([tint, np.ones((count, 1))], axis=1)
    colour.data.foreach_set("color", rgba.astype(np.float32).ravel())
    mesh.materials.append(look)
    return place(scene, name, mesh)


def ellipsoid(
    scene: bpy.types.Scene,
    centre: tuple,
    radii: tuple,
    look: bpy.types.Material,
    rotation: tuple = (0.0, 0.0, 0.0),
) -> bpy.types.Object:
    """A smooth ball stretched to radii, turned by Euler angles in radians."""
    bpy.ops.mesh.primitive_uv_sphere_add(
        segments=48, ring_count=32, location=centre, rotation=rotation
    )
    ball = bpy.context.object
    ball.scale = radii
    bpy.ops.object.shade_smooth()
    ball.data.materials.append(look)
    return ball


def nearest(points: np.ndarray, guides: np.ndarray) -> np.ndarray:
    """Index (N,) of the guide (M, 3) nearest to each of points (N, 3)."""
    tree = KDTree(len(guides))
    for index, guide in enumerate(guides):
        tree.insert(guide, index)
    tree.balance()
    return np.array([tree.find(point)[1] for point in points])


def render(
    scene: bpy.types.Scene, target: Path, size: tuple, samples: int, *, denoise: bool = True
) -> np.ndarray:
    """Render to `target` (.npy): float16 (H, W, 4), linear light, premultiplied, top row first."""
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.cycles.samples = samples
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = denoise
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.color_depth = "32"
    scene.render.filepath = str(target.with_suffix(".exr"))
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    pixels = np.empty(size[0] * size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(size[1], size[0], 4)[::-1].clip(0.0, 6e4)
    np.save(target, pixels.astype(np.float16))
    Path(scene.render.filepath).unlink()
    return pixels
