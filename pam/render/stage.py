"""The Blender scene: parts, camera, light, motion and the render call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import bpy
import numpy as np
from mathutils import Vector

from pam.render.looks import material
from pam.render.parts import Mesh, Points, Strands
from pam.render.pixels import Floats
from pam.render.shapes import turn
from pam.render.shot import SENSOR, Lamp, Light, View
from pam.render.shot import Path as Swing

BRIGHTEST = 100.0  # linear; a firefly above it is cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How a picture is rendered."""

    size: int  # pixels a side
    samples: int  # light paths per pixel
    seed: int
    bounces: int = 4  # of light between surfaces; glass has its own
    smooth_alpha: bool = False  # denoise alpha too: where every path meets glass by chance, or time


def empty_scene(effort: Effort) -> bpy.types.Scene:
    """Cycles on the CPU, with a film that is transparent behind glass too."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.device = "CYCLES", "CPU"
    scene.cycles.seed, scene.cycles.samples = effort.seed, effort.samples
    scene.cycles.use_adaptive_sampling, scene.cycles.use_denoising = False, True
    scene.cycles.max_bounces, scene.cycles.transmission_bounces = effort.bounces, 12
    scene.cycles.transparent_max_bounces = 24
    scene.cycles.sample_clamp_indirect = 4.0
    scene.cycles.film_transparent_glass, scene.cycles.film_transparent_roughness = True, 0.4
    scene.cycles_curves.shape, scene.cycles_curves.subdivisions = "RIBBONS", 1
    scene.render.film_transparent = True
    if effort.smooth_alpha:
        _smooth_alpha(scene)
    scene.render.resolution_x = scene.render.resolution_y = effort.size
    return scene


def _smooth_alpha(scene: bpy.types.Scene) -> None:
    scene.use_nodes = True
    nodes, links = scene.node_tree.nodes, scene.node_tree.links
    layers, clean = nodes.new("CompositorNodeRLayers"), nodes.new("CompositorNodeDenoise")
    joined, out = nodes.new("CompositorNodeSetAlpha"), nodes.new("CompositorNodeComposite")
    joined.mode = "REPLACE_ALPHA"
    links.new(layers.outputs["Alpha"], clean.inputs["Image"])
    links.new(layers.outputs["Image"], joined.inputs["Image"])
    links.new(clean.outputs["Image"], joined.inputs["Alpha"])
    links.new(joined.outputs["Image"], out.inputs["Image"])


def place(scene: bpy.types.Scene, contents: bpy.types.ID | None, name: str) -> bpy.types.Object:
    """Put a mesh, lamp, camera, curve set or (None) an empty into the scene."""
    thing = bpy.data.objects.new(name, contents)
    scene.collection.objects.link(thing)
    return thing


def add_part(scene: bpy.types.Scene, part: Strands | Mesh) -> bpy.types.Object:
    """One part of a subject with its material."""
    contents = _curves(part) if isinstance(part, Strands) else _mesh(part)
    contents.materials.append(material(part.look))
    return place(scene, contents, "part")


def _curves(part: Strands) -> bpy.types.ID:
    count, keys = part.points.shape[:2]
    curves = bpy.data.hair_curves.new("strands")
    curves.add_curves([keys] * count)
    curves.points.foreach_set("position", part.points.astype(np.float32).ravel())
    taper = 1 + (part.tip - 1) * np.linspace(0, 1, keys) ** 1.5
    radius = curves.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", (0.5 * part.width[:, None] * taper).astype(np.float32).ravel())
    _tint(curves, part.tint, "CURVE")
    return curves


def _mesh(part: Mesh) -> bpy.types.ID:
    mesh = bpy.data.meshes.new("mesh")
    mesh.from_pydata(part.points.tolist(), [], part.faces.tolist())
    mesh.polygons.foreach_set("use_smooth", np.full(len(part.faces), part.smooth))
    _tint(mesh, part.tint, "POINT")
    return mesh


def _tint(contents: bpy.types.ID, tint: Points, domain: str) -> None:
    colour = contents.attributes.new("tint", "FLOAT_COLOR", domain)
    rgba = np.concatenate([tint, np.ones((len(tint), 1))], axis=1)
    colour.data.foreach_set("color", rgba.astype(np.float32).ravel())


def add_camera(scene: bpy.types.Scene, view: View) -> None:
    """The camera of a view, focused on its target."""
    lens = bpy.data.cameras.new("camera")
    lens.lens, lens.sensor_width, lens.clip_end = view.lens, SENSOR, 5000.0
    lens.shift_x, lens.shift_y = view.shift
    if view.fstop is not None:
        lens.dof.use_dof, lens.dof.aperture_fstop = True, view.fstop
        lens.dof.focus_distance = float(np.linalg.norm(view.eye - view.target))
    scene.camera = aimed(scene, lens, view.eye, view.target)


def aimed(
    scene: bpy.types.Scene, contents: bpy.types.ID, eye: Points, target: Points
) -> bpy.types.Object:
    """A lamp or camera at `eye` (3,) that looks at `target` (3,)."""
    thing = place(scene, contents, contents.name)
    thing.location = eye.tolist()
    thing.rotation_euler = Vector((target - eye).tolist()).to_track_quat("-Z", "Y").to_euler()
    return thing


def add_light(scene: bpy.types.Scene, light: Light, centre: Points, size: float) -> None:
    """Surround, sun and lamps around a subject of that size, metres."""
    world = bpy.data.worlds.new("surround")
    scene.world, world.use_nodes = world, True
    surround = world.node_tree.nodes["Background"]
    surround.inputs["Color"].default_value = (*light.sky_colour, 1.0)
    surround.inputs["Strength"].default_value = light.sky
    if light.sun is not None:
        sun = bpy.data.lights.new("sun", "SUN")
        sun.energy, sun.angle, sun.color = 3.5 * light.sun.power, light.sun.side, light.sun.colour
        aimed(scene, sun, centre + _way(light.sun) * size, centre)
    for lamp in light.lamps:
        area = bpy.data.lights.new("lamp", "AREA")
        area.size, area.color = lamp.side * size, lamp.colour
        area.energy = 40.0 * lamp.power * size**2
        aimed(scene, area, centre + _way(lamp) * 1.8 * size, centre)


def _way(lamp: Lamp) -> Points:
    level = np.array([0, -np.cos(lamp.elevation), np.sin(lamp.elevation)])
    return np.asarray(turn(0, 0, lamp.azimuth) @ level)


def set_moving(
    scene: bpy.types.Scene,
    things: list[bpy.types.Object],
    swing: Swing,
    time: float,
    centre: Points,
    size: float,
) -> None:
    """Hang all things on a hinge at `centre` and swing it; with an open shutter they blur."""
    hinge = place(scene, None, "hinge")
    for thing in things:
        thing.parent, thing.location = hinge, (-centre).tolist()
        thing.cycles.motion_steps = 1  # three poses
    bpy.context.preferences.edit.keyframe_new_interpolation_type = "LINEAR"
    scene.render.use_motion_blur = swing.shutter > 0
    scene.render.motion_blur_shutter = max(swing.shutter, 0.01)
    for key in (0, 1, 2):
        where, spin = swing.pose(time + key - 1)
        hinge.location, hinge.rotation_euler = (centre + size * where).tolist(), spin.tolist()
        hinge.keyframe_insert("location", frame=key)
        hinge.keyframe_insert("rotation_euler", frame=key)
    scene.frame_set(1)


def render(scene: bpy.types.Scene, effort: Effort) -> Floats:
    """Render: linear light, premultiplied, (H, W, 4), top row first."""
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "32"
    with TemporaryDirectory() as folder:
        target = Path(folder) / "picture.exr"
        scene.render.filepath = str(target)
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(str(target))
        pixels = np.empty(effort.size * effort.size * 4, np.float32)
        image.pixels.foreach_get(pixels)
    return pixels.reshape(effort.size, effort.size, 4)[::-1].clip(0, BRIGHTEST)
