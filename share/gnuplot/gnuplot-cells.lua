-- gnuplot-cells.lua: pictures in a grid of text cells, for gnuplot's `lua` terminal.
--
--   set terminal lua 'gnuplot-cells.lua' size COLUMNS ROWS [unicode] [square] [turned] [heat ROWS COLUMNS]
--
-- gnuplot decides on axes, tics and texts; this driver gathers its calls and, when the picture is complete, lays the
-- plot into whole cells: tic labels at the margin, curves as braille dots (2 x 4 in a cell), bars as block elements,
-- points as glyphs, heat maps as cells with a background. A colour 0xff00NN names style NN of the program that reads
-- the result; what has any other colour (gnuplot's own frame) is not drawn.
--
-- Output: "cells begin", one line for each row of the picture, "cells end". A line is a sequence of runs
-- "STYLE US text RS" (US, RS: the ASCII separators 31 and 30).

local UNIT_X, UNIT_Y = 20, 40 -- gnuplot's units in one cell

-- Styles of the reading program that have a meaning here.
local PLAIN, NOTE, AXIS, KEY, STRONG = 0, 7, 14, 12, 4
local SERIES, HEAT = 32, 48

local columns, rows = 60, 20
local unicode, square, turned = false, false, false
local heat_rows, heat_columns = nil, nil

-- ---- what gnuplot calls ----------------------------------------------------------------------------------------

local shapes    -- of the picture: {kind, style, …}, in the order of the calls
local texts     -- {x, y, text, justify, angle, style}
local samples   -- of the key: y -> {kind, style}
local state     -- colour, justification, angle, path

local function clear()
  shapes, texts, samples = {}, {}, {}
  state = {style = nil, justify = 'left', angle = 0, in_plot = false, in_sample = false, path = nil, x = 0, y = 0}
end
clear()

local function end_path()
  local p = state.path
  state.path = nil
  if p and #p.points > 1 then
    if state.in_sample then
      samples[p.points[1][2]] = {'path', p.style}
    else
      shapes[#shapes + 1] = {kind = 'path', style = p.style, points = p.points}
    end
  end
end

local function nothing() return 1 end

term.description = "text cells"
term.flags = term.TERM_CAN_DASH + term.TERM_LINEWIDTH + term.TERM_ALPHA_CHANNEL

local function set_size()
  term.xmax, term.ymax = columns * UNIT_X, rows * UNIT_Y
  term.h_char, term.v_char = UNIT_X, UNIT_Y
  term.h_tic, term.v_tic = 4, 4
end
set_size()

term.options = function(text)
  local words = {}
  for w in text:gmatch('%S+') do words[#words + 1] = w end
  local i = 1
  while i <= #words do
    local w = words[i]
    if w == 'size' then
      columns, rows = math.tointeger(tonumber(words[i + 1])) or 60, math.tointeger(tonumber(words[i + 2])) or 20
      i = i + 2
    elseif w == 'heat' then
      heat_rows, heat_columns = math.tointeger(tonumber(words[i + 1])), math.tointeger(tonumber(words[i + 2]))
      i = i + 2
    elseif w == 'unicode' then unicode = true
    elseif w == 'square' then square = true
    elseif w == 'turned' then turned = true
    end
    i = i + 1
  end
  set_size()
  gp.term_options(text)
  return 1
end

term.init, term.linewidth, term.dashtype, term.pointsize = nothing, nothing, nothing, nothing
term.set_font, term.path, term.linetype = nothing, nothing, nothing
term.make_palette, term.previous_palette = function() return 0 end, nothing
term.graphics = function() clear() return 1 end
term.reset = nothing

term.layer = function(name)
  end_path()
  if name == 'before_plot' then
    state.in_plot, state.in_sample = true, false
  elseif name == 'after_plot' then
    state.in_plot, state.in_sample = false, false
  elseif name == '' and state.in_plot then -- the samples of the key begin and end
    state.in_sample = not state.in_sample
  end
  return 1
end

term.set_color = function(kind, _, _, _, r, g, b)
  end_path()
  state.style = nil
  if kind == 'RGBA' and r > 0.99 and g == 0 then state.style = math.floor(b * 255 + 0.5) end
  return 1
end

term.move = function(x, y)
  if state.path and x == state.x and y == state.y then return 1 end
  end_path()
  state.x, state.y = x, y
  return 1
end

term.vector = function(x, y)
  if state.style then
    state.path = state.path or {style = state.style, points = {{state.x, state.y}}}
    if x ~= state.x or y ~= state.y then state.path.points[#state.path.points + 1] = {x, y} end
  end
  state.x, state.y = x, y
  return 1
end

term.point = function(x, y, number)
  end_path()
  if not state.style then return 1 end
  if state.in_sample then
    samples[y] = {'point', state.style, number}
  else
    shapes[#shapes + 1] = {kind = 'point', style = state.style, x = x, y = y, number = number}
  end
  return 1
end

term.boxfill = function(_, _, x, y, width, height)
  end_path()
  if not state.style then return 1 end
  if state.in_sample then
    samples[y + height / 2] = {'box', state.style}
  else
    shapes[#shapes + 1] = {kind = 'box', style = state.style, x1 = x, y1 = y, x2 = x + width, y2 = y + height}
  end
  return 1
end

term.filled_polygon = function(_, _, corners)
  end_path()
  if not state.style then return 1 end
  local y = 0
  for _, c in ipairs(corners) do y = y + c[2] / #corners end
  if state.in_sample then
    samples[y] = {'band', state.style}
  else
    shapes[#shapes + 1] = {kind = 'polygon', style = state.style, points = corners}
  end
  return 1
end

term.justify_text = function(how) state.justify = how return 1 end
term.text_angle = function(angle) state.angle = angle return 1 end

term.put_text = function(x, y, text)
  end_path()
  text = text:gsub('%c', ' ')
  texts[#texts + 1] = {x = x, y = y, text = text, justify = state.justify, angle = state.angle,
                       style = state.style or PLAIN}
  return 1
end

-- ---- text ------------------------------------------------------------------------------------------------------

-- Wide (two columns) and combining (none) code points, coarsely: enough for labels.
local function width_of(code)
  if code < 0x300 then return 1 end
  if code < 0x370 or (code >= 0x200b and code <= 0x200f) or (code >= 0xfe00 and code <= 0xfe0f) then return 0 end
  if (code >= 0x1100 and code <= 0x115f) or (code >= 0x2e80 and code <= 0xa4cf) or (code >= 0xac00 and code <= 0xd7a3)
      or (code >= 0xf900 and code <= 0xfaff) or (code >= 0xfe30 and code <= 0xfe6f)
      or (code >= 0xff00 and code <= 0xff60)
      or (code >= 0x1f300 and code <= 0x1faff) or (code >= 0x20000 and code <= 0x3fffd) then return 2 end
  return 1
end

-- The characters of a string with their widths; invalid bytes become '?'.
local function characters(s)
  local list = {}
  if not utf8.len(s) then s = s:gsub('[\128-\255]', '?') end
  for _, code in utf8.codes(s) do
    local w = width_of(code)
    if w == 0 and #list > 0 then
      list[#list][1] = list[#list][1] .. utf8.char(code)
    elseif w > 0 then
      list[#list + 1] = {utf8.char(code), w}
    end
  end
  return list
end

local function text_width(s)
  local w = 0
  for _, c in ipairs(characters(s)) do w = w + c[2] end
  return w
end

local function cut(s, most)
  if text_width(s) <= most then return s end
  local out, w = {}, 0
  for _, c in ipairs(characters(s)) do
    if w + c[2] > most - 1 then break end
    out[#out + 1] = c[1]
    w = w + c[2]
  end
  return table.concat(out) .. (unicode and '…' or '~')
end

local function trim(s) return (s:gsub('^%s+', ''):gsub('%s+$', '')) end

-- ---- the canvas ------------------------------------------------------------------------------------------------

local cells -- [row][column], from 0: {text, style} or {dots = {style -> mask}, order = {…}} …; nil: empty

local function cell(r, c)
  if r < 0 or r >= rows or c < 0 or c >= columns then return nil end
  local line = cells[r]
  line[c] = line[c] or {}
  return line[c]
end

-- Text goes over everything, but keeps the background of a heat map.
local function put_text(r, c, s, style)
  for _, ch in ipairs(characters(s)) do
    local here = cell(r, c)
    if here then
      here.char, here.style, here.wide = ch[1], style, ch[2] == 2
      if ch[2] == 2 then
        local next_cell = cell(r, c + 1)
        if next_cell then next_cell.char, next_cell.hidden = '', true end
      end
    end
    c = c + ch[2]
  end
end

local function put_char(r, c, char, style)
  local here = cell(r, c)
  if here then here.char, here.style = char, style end
end

-- ---- the layout ------------------------------------------------------------------------------------------------

local box   -- gnuplot's plot area in units: xleft, xright, ybot, ytop
local left, top, width, height -- ours in cells

local function across(x) return (x - box.xleft) / (box.xright - box.xleft) end
local function up(y) return (y - box.ybot) / (box.ytop - box.ybot) end

-- The row of a category's middle, which lies between two rows when each has an even number of them.
local function row_at(y) return math.floor((1 - up(y)) * height + 0.1) end

-- Dots from the left and from the top of the plot area.
local function dot_x(x) return math.floor(across(x) * (2 * width - 1) + 0.5) end
local function dot_y(y) return math.floor((1 - up(y)) * (4 * height - 1) + 0.5) end

local GLYPHS = {'•', '×', '+', '▲', '■', '◆', 'o', '*'}
local ASCII_GLYPHS = {'o', 'x', '+', '*', '#', '@', '%', '='}
local DASHES = {
  [1] = {5, 2}, [2] = {2, 2}, [3] = {6, 2, 1, 2}, [4] = {9, 3}, [5] = {1, 2}, [6] = {6, 2, 1, 2, 1, 2}, [7] = {3, 4}
}
local SAMPLE_LINES = {[0] = '━━', '╍╍', '┅┅', '━╍', '━ ', '··', '╍·', '┄ '}

-- Solid for the first series, shades for the others.
local FILLS, ASCII_FILLS = {[0] = '█', '▒', '░', '▓'}, {[0] = '#', '=', ':', '%'}

local function fill_of(style)
  if style < SERIES or style >= SERIES + 8 then return (unicode and FILLS or ASCII_FILLS)[0] end
  return (unicode and FILLS or ASCII_FILLS)[(style - SERIES) % 4]
end

local function glyph(number)
  local list = unicode and GLYPHS or ASCII_GLYPHS
  return list[number % #list + 1]
end

local function is_series(style) return style >= SERIES and style < SERIES + 8 end

-- How an entry of the key looks.
local function sample_text(sample)
  if not sample then return ' ' end
  local kind, style, number = sample[1], sample[2], sample[3]
  if kind == 'point' then return glyph(number) end
  if kind == 'box' then return fill_of(style):rep(2) end
  if kind == 'band' then return unicode and '░░' or '::' end
  if not is_series(style) then return unicode and '··' or '..' end
  if not unicode then return ASCII_GLYPHS[style - SERIES + 1]:rep(2) end
  return SAMPLE_LINES[style - SERIES]
end

-- The texts by what they are: of the axes, of the key, within the picture.
local function sort_texts()
  local t = {left = {}, bottom = {}, key = {}, inside = {}}
  for _, x in ipairs(texts) do
    if x.angle ~= 0 and x.style == NOTE then
      t.y_label = trim(x.text)
    elseif x.style == NOTE then
      t.x_label = trim(x.text)
    elseif x.style == KEY then
      local nearest, distance
      for y, s in pairs(samples) do
        local d = math.abs(y - x.y)
        if not distance or d < distance then nearest, distance = s, d end
      end
      t.key[#t.key + 1] = {text = x.text, sample = distance and distance < UNIT_Y / 2 and nearest or nil}
    elseif x.style == AXIS and x.justify == 'right' then
      x.text = trim(x.text)
      t.left[#t.left + 1] = x
    elseif x.style == AXIS then
      x.text = trim(x.text)
      t.bottom[#t.bottom + 1] = x
    else
      t.inside[#t.inside + 1] = x
    end
  end
  return t
end

-- Rows of key entries that fit into `most` columns: lists of entries.
local function key_lines(key, first_room, room)
  local lines, used = {{}}, 0
  for _, k in ipairs(key) do
    k.width = text_width(sample_text(k.sample)) + 1 + text_width(k.text)
    local limit = #lines == 1 and first_room or room
    if used > 0 and used + 3 + k.width > limit or used == 0 and #lines == 1 and k.width > limit then
      lines[#lines + 1] = {}
      used = 0
    end
    local line = lines[#lines]
    line[#line + 1] = k
    used = used + (used > 0 and 3 or 0) + k.width
  end
  return lines
end

local function put_key_entry(r, c, k)
  local s = sample_text(k.sample)
  put_text(r, c, s, k.sample and k.sample[2] or PLAIN)
  put_text(r, c + text_width(s) + 1, cut(k.text, columns - c - text_width(s) - 1), PLAIN)
end

-- Key above the picture, beside the label of the y axis; returns the rows that it takes.
local function put_key_above(t)
  local label = t.y_label and text_width(t.y_label) + 3 or 0
  local lines = key_lines(t.key, columns - label, columns)
  for i, line in ipairs(lines) do
    local total = -3
    for _, k in ipairs(line) do total = total + 3 + k.width end
    local c = math.max(0, columns - math.max(total, 0))
    for _, k in ipairs(line) do
      put_key_entry(i - 1, c, k)
      c = c + k.width + 3
    end
  end
  return #lines
end

-- Decides where the plot area lies and writes what stands around it, but for the tic labels below.
local function lay_out(t)
  local label_width = 0
  for _, x in ipairs(t.left) do label_width = math.max(label_width, text_width(x.text)) end
  label_width = math.min(label_width, math.max(4, columns // 3))
  left = label_width + 1
  if #t.left == 0 and heat_rows then left = 0 end
  local below = (heat_rows and 0 or 1) + (#t.bottom > 0 and 1 or 0) + (t.x_label and 1 or 0)
  width = columns - left
  local key_width = 0
  for _, k in ipairs(t.key) do key_width = math.max(key_width, text_width(k.text) + 4) end
  top = t.y_label and 1 or 0
  height = rows - top - below
  local beside = false
  if square then
    local wanted = math.max(2 * height, 30)
    if #t.key > 0 and key_width + 2 <= width - wanted then beside = true end
    if not beside and #t.key > 0 then
      top = math.max(top, put_key_above(t))
      height = rows - top - below
    end
    width = math.min(width, math.max(2 * height, 30))
  elseif #t.key > 0 then
    top = math.max(top, put_key_above(t))
    height = rows - top - below
  end
  if beside then
    for i, k in ipairs(t.key) do put_key_entry(top + i - 1, left + width + 2, k) end
  end
  if heat_rows then
    local w = math.max(1, math.min(width // heat_columns, 12))
    local h = math.max(1, math.min(height // heat_rows, math.max(1, (w + 1) // 3)))
    if heat_columns <= width then width = w * heat_columns end
    if heat_rows <= height then height = h * heat_rows end
  elseif turned and #t.left > 0 then
    local each = math.max(1, math.min(4, height // #t.left)) -- 1, 2 or 4 rows, so that a row is in the middle
    height = math.min(height, #t.left * (each == 3 and 2 or each))
  end
  height = math.max(height, 1)
  if t.y_label then put_text(0, 0, cut(t.y_label, columns), NOTE) end
end

local function put_left(t)
  local bar = unicode and '│' or '|'
  local tic = unicode and '┤' or '+'
  if not heat_rows then
    for r = 0, height - 1 do put_char(top + r, left - 1, bar, AXIS) end
    put_char(top + height, left - 1, unicode and '└' or '+', AXIS)
  end
  local taken = {}
  for _, x in ipairs(t.left) do
    local r
    if turned or heat_rows then -- the middle of a band of rows
      r = row_at(x.y)
    else
      r = math.floor(dot_y(x.y) / 4)
    end
    if r >= 0 and r < height and not taken[r] and left > 1 then
      taken[r] = true
      local s = cut(x.text, left - 1)
      put_text(top + r, left - 1 - text_width(s), s, AXIS)
      if not heat_rows and not turned then put_char(top + r, left - 1, tic, AXIS) end
    end
  end
end

-- First column of a label below its tic, within the picture.
local function below_tic(x, w)
  local middle = heat_rows and left + across(x.x) * width or left + math.floor(dot_x(x.x) / 2) + 0.5
  return math.max(0, math.min(math.floor(middle - w / 2 + 0.6), columns - w)), math.floor(middle)
end

local function is_number(s) return tonumber(s) ~= nil or s:match('^[%d:%-]+$') ~= nil end

-- Do labels 1, 1 + stride, … stand apart?
local function stride_fits(list, stride)
  local free = 0
  for i = 1, #list, stride do
    local w = text_width(list[i].text)
    local c = below_tic(list[i], w)
    if c < free then return false end
    free = c + w + (heat_rows and 0 or 1)
  end
  return true
end

-- Labels below: of numbers that would touch every second, third, … stays; names are cut to what there is.
local function put_bottom(t)
  local r = top + height
  if not heat_rows then
    for c = 0, width - 1 do put_char(r, left + c, unicode and '─' or '-', AXIS) end
    r = r + 1
  end
  table.sort(t.bottom, function(a, b) return a.x < b.x end)
  local spacing, numbers, stride = width, true, 1
  for i, x in ipairs(t.bottom) do
    numbers = numbers and is_number(x.text)
    if i > 1 then spacing = math.min(spacing, (across(x.x) - across(t.bottom[i - 1].x)) * width) end
  end
  while numbers and stride < #t.bottom and not stride_fits(t.bottom, stride) do stride = stride + 1 end
  local longest = 0
  for _, x in ipairs(t.bottom) do longest = math.max(longest, text_width(x.text)) end
  while not numbers and stride < #t.bottom and spacing * stride - 1 < math.min(longest, 5) do stride = stride + 1 end
  local most = math.max(1, math.floor(spacing * stride + 0.1) - (spacing * stride >= 4 and 1 or 0))
  local free = 0 -- first column that is not taken
  for i = 1, #t.bottom, stride do
    local s = numbers and t.bottom[i].text or cut(t.bottom[i].text, most)
    local w = text_width(s)
    local c, middle = below_tic(t.bottom[i], w)
    if c >= free then
      put_text(r, c, s, AXIS)
      free = c + w
      if not heat_rows then put_char(top + height, middle, unicode and '┬' or '+', AXIS) end
    end
  end
  if t.x_label then
    local s = cut(t.x_label, columns)
    local w = text_width(s)
    local c = math.max(0, math.min(left + (width - w) // 2, columns - w))
    put_text(r + (#t.bottom > 0 and 1 or 0), c, s, NOTE)
  end
end

-- ---- drawing ---------------------------------------------------------------------------------------------------

local BRAILLE = {[0] = {[0] = 0x01, 0x02, 0x04, 0x40}, {[0] = 0x08, 0x10, 0x20, 0x80}}

local function set_dot(dx, dy, style)
  if dx < 0 or dy < 0 or dx >= 2 * width or dy >= 4 * height then return end
  local here = cell(top + dy // 4, left + dx // 2)
  if not here then return end
  here.dots = here.dots or {}
  here.dots[style] = (here.dots[style] or 0) | BRAILLE[dx % 2][dy % 4]
end

-- In ASCII a band is a cell of colons behind everything.
local function set_shade(dx, dy, style)
  local here = cell(top + dy // 4, left + dx // 2)
  if here then here.shade, here.shade_style = ':', style end
end

-- The part of a segment within [0,w] x [0,h], so that far-away ends cost nothing; nil: none.
local function clip(x1, y1, x2, y2, w, h)
  local t1, t2, dx, dy = 0, 1, x2 - x1, y2 - y1
  for _, edge in ipairs{{-dx, x1}, {dx, w - x1}, {-dy, y1}, {dy, h - y1}} do
    local p, q = edge[1], edge[2]
    if p == 0 then
      if q < 0 then return nil end
    else
      local t = q / p
      if p < 0 then t1 = math.max(t1, t) else t2 = math.min(t2, t) end
    end
  end
  if t1 > t2 then return nil end
  return x1 + t1 * dx, y1 + t1 * dy, x1 + t2 * dx, y1 + t2 * dy
end

-- A curve in dots. Its dash runs on from segment to segment.
local function draw_path(shape)
  local style = shape.style
  local dash = is_series(style) and DASHES[style - SERIES] or style == AXIS and {1, 3} or nil
  if not unicode then dash = style == AXIS and {1, 7} or nil end
  local period, walked, last = 0, 0, nil
  for _, d in ipairs(dash or {}) do period = period + d end
  local function dot(x, y)
    if last and last[1] == x and last[2] == y then return end
    last = {x, y}
    walked = walked + 1
    if dash then
      local at, i = (walked - 1) % period, 1
      while at >= dash[i] do at, i = at - dash[i], i + 1 end
      if i % 2 == 0 then return end
    end
    set_dot(x, y, style)
  end
  for i = 2, #shape.points do
    local a, b = shape.points[i - 1], shape.points[i]
    local x1, y1, x2, y2 = clip(dot_x(a[1]), dot_y(a[2]), dot_x(b[1]), dot_y(b[2]), 2 * width - 1, 4 * height - 1)
    if x1 then
      local n = math.max(math.abs(x2 - x1), math.abs(y2 - y1), 1)
      n = math.ceil(n)
      for k = 0, n do
        dot(math.floor(x1 + (x2 - x1) * k / n + 0.5), math.floor(y1 + (y2 - y1) * k / n + 0.5))
      end
    end
  end
end

-- Whiskers and medians of lying boxes: straight lines of box-drawing characters.
local function draw_straight(shape)
  local a, b = shape.points[1], shape.points[2]
  local c1, c2 = dot_x(math.min(a[1], b[1])) // 2, dot_x(math.max(a[1], b[1])) // 2
  if a[2] == b[2] then
    local r = row_at(a[2])
    for c = c1, c2 do
      local here = cell(top + r, left + c)
      if here and not here.char then put_char(top + r, left + c, unicode and '─' or '-', shape.style) end
    end
  else
    local strong = shape.style == STRONG
    local middle = row_at((a[2] + b[2]) / 2)
    local reach = math.floor(math.abs(up(a[2]) - up(b[2])) * height / 2 + 0.05)
    for r = middle - reach, middle + reach do
      local char = strong and (unicode and '┃' or '|') or unicode and '│' or '|'
      if not strong and unicode and r == middle then -- joined to its whisker
        local before, after = cell(top + r, left + c1 - 1), cell(top + r, left + c1 + 1)
        if before and before.char == '─' then char = '┤' elseif after and after.char == '─' then char = '├' end
      end
      put_char(top + r, left + c1, char, shape.style)
    end
  end
end

local RIGHT_PART = {[0] = '', '▏', '▎', '▍', '▌', '▋', '▊', '▉'}
local UPPER_PART = {[0] = '', '▁', '▂', '▃', '▄', '▅', '▆', '▇'}

-- Lying bars: whole rows, eighths of a cell at the end.
local function draw_lying(shape)
  local x1, x2 = across(shape.x1) * width * 8, across(shape.x2) * width * 8
  local tall = (up(shape.y2) - up(shape.y1)) * height
  local n = math.max(1, math.floor(tall + 0.3))
  if n % 2 == 0 then n = n - 1 end -- its middle is the row of its label
  if shape.box_plot then n = 2 * math.floor(tall / 2 + 0.05) + 1 end
  local first = row_at((shape.y1 + shape.y2) / 2) - n // 2
  local from, to = math.floor(x1 / 8 + 0.5), math.floor(x2 + 0.5)
  local shade = shape.box_plot and (unicode and '▒' or '=') or fill_of(shape.style)
  local eighths = unicode and fill_of(shape.style) == FILLS[0]
  for r = first, first + n - 1 do
    if r >= 0 and r < height then
      local full = shape.box_plot and math.floor(x2 / 8 + 0.5) or to // 8
      if shape.box_plot and full <= from then full = from + 1 end
      for c = math.max(from, 0), math.min(full, width) - 1 do put_char(top + r, left + c, shade, shape.style) end
      if not shape.box_plot and full < width and full >= from then
        local part = to % 8
        if full == from and part == 0 and x2 > x1 then part = 1 end
        if part > 0 and eighths then put_char(top + r, left + full, RIGHT_PART[part], shape.style) end
        if part > 3 and not eighths then put_char(top + r, left + full, shade, shape.style) end
      end
    end
  end
end

-- Standing bars: whole columns, eighths of a cell at the top.
local function draw_standing(shape)
  local c1, c2 = math.floor(across(shape.x1) * width + 0.5), math.floor(across(shape.x2) * width + 0.5)
  c2 = math.max(c2, c1 + 1)
  local y1, y2 = up(shape.y1) * height, up(shape.y2) * height
  local from, to = math.floor(y1 + 0.5), math.floor(y2 * 8 + 0.5)
  if to // 8 < from then to = from * 8 end
  if to == from * 8 and shape.y2 > shape.y1 then to = to + 1 end -- something is there
  local fill = fill_of(shape.style)
  local eighths = fill == FILLS[0]
  for c = math.max(c1, 0), math.min(c2, width) - 1 do
    for k = math.max(from, 0), math.min(to // 8, height) - 1 do
      put_char(top + height - 1 - k, left + c, fill, shape.style)
    end
    local part, k = to % 8, to // 8
    if part > 0 and k >= 0 and k < height and (eighths or part > 3) then
      put_char(top + height - 1 - k, left + c, eighths and UPPER_PART[part] or fill, shape.style)
    end
  end
end

local function draw_heat(shape)
  local c1, c2 = math.floor(across(shape.x1) * width + 0.5), math.floor(across(shape.x2) * width + 0.5)
  local r1, r2 = math.floor((1 - up(shape.y2)) * height + 0.5), math.floor((1 - up(shape.y1)) * height + 0.5)
  for r = math.max(r1, 0), math.min(math.max(r2, r1 + 1), height) - 1 do
    for c = math.max(c1, 0), math.min(math.max(c2, c1 + 1), width) - 1 do
      local here = cell(top + r, left + c)
      if here then here.background = shape.style end
    end
  end
end

-- A light texture of dots within.
local function draw_polygon(shape)
  local p = shape.points
  for dx = 0, 2 * width - 1 do
    local x = box.xleft + (dx + 0.5) / (2 * width) * (box.xright - box.xleft)
    local cuts = {}
    for i = 1, #p do
      local a, b = p[i], p[i % #p + 1]
      if (a[1] <= x) ~= (b[1] <= x) then cuts[#cuts + 1] = a[2] + (x - a[1]) / (b[1] - a[1]) * (b[2] - a[2]) end
    end
    table.sort(cuts)
    for i = 1, #cuts - 1, 2 do
      for dy = math.max(dot_y(cuts[i + 1]), 0), math.min(dot_y(cuts[i]), 4 * height - 1) do
        if dy % 2 == 0 and (dx + dy // 2) % 2 == 0 then
          if unicode then set_dot(dx, dy, shape.style) else set_shade(dx, dy, shape.style) end
        end
      end
    end
  end
end

-- Points are glyphs while they have room, dots when they are many.
local function draw_points(list)
  local crowded = #list > 0.6 * width * height and unicode
  for _, p in ipairs(list) do
    if crowded then
      set_dot(dot_x(p.x), dot_y(p.y), p.style)
    else
      local c, r = dot_x(p.x) // 2, dot_y(p.y) // 4
      if turned then r = row_at(p.y) end
      if c >= 0 and c < width and r >= 0 and r < height then put_char(top + r, left + c, glyph(p.number), p.style) end
    end
  end
end

local function draw_inside(t)
  for _, x in ipairs(t.inside) do
    local w, c, r = text_width(x.text), 0, 0
    r = row_at(x.y)
    if x.justify == 'center' then
      c = math.floor(left + across(x.x) * width - w / 2 + 0.6)
    else
      c = left + math.floor(across(x.x) * width)
    end
    c = math.max(c, left)
    if r >= 0 and r < height then put_text(top + r, c, cut(x.text, columns - c), x.style) end
  end
end

local function draw_shapes()
  local points = {}
  local medians = false
  for _, s in ipairs(shapes) do
    if s.kind == 'path' and s.style == STRONG then medians = true end
  end
  for _, s in ipairs(shapes) do if s.kind == 'polygon' then draw_polygon(s) end end
  for _, s in ipairs(shapes) do
    if s.kind == 'box' and s.style >= HEAT then
      draw_heat(s)
    elseif s.kind == 'box' and turned then
      s.box_plot = medians
      draw_lying(s)
    elseif s.kind == 'box' then
      draw_standing(s)
    elseif s.kind == 'path' and s.style < HEAT then
      if turned and #s.points == 2 and (s.points[1][1] == s.points[2][1] or s.points[1][2] == s.points[2][2]) then
        draw_straight(s)
      elseif not (turned and #s.points == 5) then -- the outline of a filled box is its fill
        draw_path(s)
      end
    elseif s.kind == 'point' then
      points[#points + 1] = s
    end
  end
  draw_points(points)
end

-- ---- output ----------------------------------------------------------------------------------------------------

local function count_bits(mask)
  local n = 0
  while mask > 0 do n, mask = n + (mask & 1), mask >> 1 end
  return n
end

-- The dots of a cell: guides give way to curves; the colour is that of the most dots.
local function dots_of(here)
  local mask, style, most = 0, nil, -1
  for s = 0, 127 do
    local m = here.dots[s]
    if m and is_series(s) then
      mask = mask | m
      if count_bits(m) > most then style, most = s, count_bits(m) end
    end
  end
  if not style then
    for s, m in pairs(here.dots) do mask, style = mask | m, s end
  end
  return mask, style
end

local function dots_char(mask, style)
  if unicode then return utf8.char(0x2800 + mask) end
  if not is_series(style) then return '.' end
  return ASCII_GLYPHS[style - SERIES + 1]
end

local function char_of(here)
  if not here then return ' ', PLAIN end
  if here.hidden then return '', nil end
  if here.char then return here.char, here.background or here.style end
  if here.background then return ' ', here.background end
  if here.dots then
    local mask, style = dots_of(here)
    return dots_char(mask, style), style
  end
  if here.shade then return here.shade, here.shade_style end
  return ' ', PLAIN
end

local function write_cells()
  gp.write('cells begin\n')
  for r = 0, rows - 1 do
    local line, last = cells[r], -1
    for c = 0, columns - 1 do if line[c] then last = c end end
    local run, run_style, out = {}, nil, {}
    for c = 0, last do
      local char, style = char_of(line[c])
      style = style or run_style or PLAIN
      if style ~= run_style and #run > 0 then
        out[#out + 1] = string.format('%d\31%s\30', run_style, table.concat(run))
        run = {}
      end
      run_style = style
      run[#run + 1] = char
    end
    if #run > 0 then out[#out + 1] = string.format('%d\31%s\30', run_style, table.concat(run)) end
    gp.write(table.concat(out) .. '\n')
  end
  gp.write('cells end\n')
end

term.text = function()
  end_path()
  box = gp.get_boundingbox()
  if not box.xleft or box.xright <= box.xleft or box.ytop <= box.ybot then
    box = {xleft = 0, xright = term.xmax, ybot = 0, ytop = term.ymax}
  end
  cells = {}
  for r = 0, rows - 1 do cells[r] = {} end
  local t = sort_texts()
  lay_out(t)
  put_left(t)
  put_bottom(t)
  draw_shapes()
  draw_inside(t)
  write_cells()
  clear()
  return 1
end
