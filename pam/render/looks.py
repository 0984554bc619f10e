"""Blender materials. Every colour comes from the attribute `tint` of the part."""

from __future__ import annotations

import bpy

from pam.render.parts import Finish, Look

IOR = 1.45
SKIN_DEPTH = 0.04  # metres that red light wanders; heads are about a metre high


def material(look: Look) -> bpy.types.Material:
    """The material of a look."""
    made = bpy.data.materials.new(look.finish.value)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    tint = nodes.new("ShaderNodeAttribute")
    tint.attribute_name = "tint"
    colour = tint.outputs["Color"]
    if look.finish is Finish.HAIR:
        shader = _hair(nodes, links, look, colour)
    elif look.finish is Finish.GLASS:
        shader = nodes.new("ShaderNodeBsdfGlass")
        shader.inputs["Roughness"].default_value = look.roughness
        shader.inputs["IOR"].default_value = IOR
        links.new(colour, shader.inputs["Color"])
    else:
        shader = _matt(nodes, links, look, colour)
    links.new(shader.outputs[0], nodes["Material Output"].inputs["Surface"])
    return made


def _hair(
    nodes: bpy.types.Nodes, links: bpy.types.NodeLinks, look: Look, colour: bpy.types.NodeSocket
) -> bpy.types.Node:
    shader = nodes.new("ShaderNodeBsdfHairPrincipled")
    shader.parametrization = "COLOR"
    shader.inputs["Roughness"].default_value = look.roughness
    shader.inputs["Random Roughness"].default_value = 0.3
    links.new(colour, shader.inputs["Color"])
    return shader


def _matt(
    nodes: bpy.types.Nodes, links: bpy.types.NodeLinks, look: Look, colour: bpy.types.NodeSocket
) -> bpy.types.Node:
    shader = nodes["Principled BSDF"]
    for name, value in (
        ("Roughness", look.roughness),
        ("Metallic", look.metal),
        ("Specular IOR Level", 0.35),
        ("Subsurface Weight", look.scatter),
        ("Subsurface Scale", SKIN_DEPTH),
    ):
        shader.inputs[name].default_value = value
    links.new(colour, shader.inputs["Base Color"])
    if look.bump:
        _bumps(nodes, links, look.bump, shader)
    if look.translucency:
        thin = nodes.new("ShaderNodeBsdfTranslucent")
        links.new(colour, thin.inputs["Color"])
        shader = _mixed(nodes, links, shader, thin, look.translucency)
    if look.cover < 1:
        shader = _mixed(nodes, links, nodes.new("ShaderNodeBsdfTransparent"), shader, look.cover)
    return shader


def _mixed(
    nodes: bpy.types.Nodes,
    links: bpy.types.NodeLinks,
    first: bpy.types.Node,
    second: bpy.types.Node,
    share: float,
) -> bpy.types.Node:
    """`share` of the second, the rest of the first."""
    mix = nodes.new("ShaderNodeMixShader")
    mix.inputs["Fac"].default_value = share
    links.new(first.outputs[0], mix.inputs[1])
    links.new(second.outputs[0], mix.inputs[2])
    return mix


def _bumps(
    nodes: bpy.types.Nodes, links: bpy.types.NodeLinks, depth: float, shader: bpy.types.Node
) -> None:
    noise, bump = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeBump")
    place = nodes.new("ShaderNodeTexCoord")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 22.0, 6.0
    bump.inputs["Distance"].default_value = depth
    links.new(place.outputs["Object"], noise.inputs["Vector"])
    links.new(noise.outputs["Fac"], bump.inputs["Height"])
    links.new(bump.outputs["Normal"], shader.inputs["Normal"])
